"""What every test runs under."""

from __future__ import annotations

import os

from hypothesis import settings

# A busy machine is slow, not wrong: time belongs in benchmarks. A gate gives the same answer
# twice; on people's machines, properties go on looking for new examples.
settings.register_profile("patient", deadline=None)
settings.register_profile("gate", deadline=None, derandomize=True)
settings.load_profile("gate" if os.environ.get("CI") else "patient")
