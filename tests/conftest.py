"""What every test runs under."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is slow, not wrong: time belongs in benchmarks.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
