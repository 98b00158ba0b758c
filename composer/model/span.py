"""Lengths of time as people write them: `30m`, `4h`, `2d`."""

from __future__ import annotations

import re

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_SPAN = re.compile(r"([1-9]\d{0,3})\s*([smhd])")


def read_span(text: str) -> int:
    """Seconds.

    Raises:
        ValueError: it is not a number and one of `s`, `m`, `h` and `d`.
    """
    match = _SPAN.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not a length of time; write 30m, 4h or 2d")
    return int(match.group(1)) * _SECONDS[match.group(2)]


def span_text(seconds: float) -> str:
    """The two largest units that matter: `2 d 3 h`, `4 h`, `1 h 20 min`, `40 s`."""
    whole = max(0, round(seconds))
    days, hours, minutes = whole // 86_400, whole % 86_400 // 3_600, whole % 3_600 // 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (whole % 60, "s")]
    first = next((n for n, (count, _) in enumerate(parts) if count), len(parts) - 1)
    shown = parts[first : first + 2]
    if shown[0][1] == "min" and shown[0][0] >= 10:
        shown = shown[:1]
    told = [f"{count} {unit}" for count, unit in shown if count]
    return " ".join(told) or "0 s"
