"""Golden files: `pytest tests/golden --approve` writes them; their diff is read like code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Golden = Callable[[str, str], None]

APPROVED = Path(__file__).parent / "approved"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden(name, text)`: `text` is, byte for byte, what was approved under `name`."""

    def compare(name: str, text: str) -> None:
        path = APPROVED / name
        if request.config.getoption("--approve", default=False):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode())
        assert path.is_file(), f"{name} was never approved: make golden"
        assert text == path.read_bytes().decode()

    return compare
