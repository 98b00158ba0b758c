"""The table `[guards]` of newsletter.toml: what makes a send ask once more."""

from __future__ import annotations

from composer.model.settings import GuardSettings
from composer.model.span import read_span
from composer.reading.keys import GUARDS
from composer.reading.site_sheet import Sheet
from composer.reading.site_values import Spoken, Wrong, line, shown


def read_guards(sheet: Sheet) -> GuardSettings:
    usual = GuardSettings()
    return GuardSettings(
        late_s=sheet.take(GUARDS, "late", span, usual.late_s),
        growth=sheet.take(GUARDS, "growth", _times, usual.growth),
    )


def span(value: object) -> int:
    """A length of time, in seconds."""
    try:
        return read_span(line(value))
    except ValueError as error:
        raise Wrong(f"{shown(value)} is not a length of time", "30m, 4h or 2d") from error


def _times(value: object) -> float:
    """How many times as large."""
    try:
        times = float(value) if isinstance(value, int | float | Spoken) else 0.0
    except ValueError:
        times = 0.0
    if isinstance(value, bool) or not 1 <= times < 1e6:
        raise Wrong(f"{shown(value)} is not how many times as large", "a number from 1: 1.5")
    return times
