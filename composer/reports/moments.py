"""A moment as people say it: `14:05 CET` today, `Nov 27, 09:00 CET` on another day."""

from __future__ import annotations

from datetime import datetime


def moment_text(at: float, now: float) -> str:
    """`at` and `now` are epoch seconds; the words are of this machine's time zone."""
    there, here = (datetime.fromtimestamp(seconds).astimezone() for seconds in (at, now))
    if there.date() == here.date():
        return f"{there:%H:%M %Z}"
    return f"{there:%b} {there.day}, {there:%H:%M %Z}"
