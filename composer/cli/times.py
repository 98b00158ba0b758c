"""The clock, as the command line reads it."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> str:
    """Now in ISO 8601, UTC, with seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
