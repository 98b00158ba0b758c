"""What every test runs under."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# A busy machine is slow, not wrong: time belongs in benchmarks. A gate gives the same answer
# twice; on people's machines, properties go on looking for new examples.
settings.register_profile("patient", deadline=None)
settings.register_profile("gate", deadline=None, derandomize=True)
settings.load_profile("gate" if os.environ.get("CI") else "patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--approve", action="store_true", help="Write what tests compare.")
