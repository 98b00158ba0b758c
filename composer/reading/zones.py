"""Time zones by their names in the IANA database, which this machine keeps."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from composer.errors import ConfigError

#: `Europe/Berlin`, `UTC`, `America/Argentina/Ushuaia`, `Etc/GMT+3`: never a path of another kind.
_NAME = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*){0,2}")
#: Files of the database that are no place.
_NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})


@lru_cache(maxsize=1024)  # a list of a million readers has a few dozen zones
def zone_of(name: str) -> tzinfo | None:
    """The zone of that name, in the letters of the database; None when there is none."""
    if name in _NO_PLACES or not _NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a folder, a file of another kind, or none
        return None


def read_zone(name: str) -> tzinfo:
    """The zone of that name.

    Raises:
        ConfigError: this machine has no time zones at all.
        ValueError: there is no such zone; it says which may be meant.
    """
    found = zone_of(name)
    if found is not None:
        return found
    known = available_timezones()
    if not known:
        raise ConfigError(
            "this machine knows no time zones", hint="install them: apt install tzdata"
        )
    raise ValueError(f"there is no time zone {name!r}; {_near(name, known)}")


def _near(name: str, known: set[str]) -> str:
    """Which one may be meant: by its whole name, or by its city."""
    words = {zone.lower(): zone for zone in sorted(known)}
    words |= {zone.rpartition("/")[2].lower(): zone for zone in sorted(known) if "/" in zone}
    asked = name.strip().lower().replace(" ", "_")
    close = difflib.get_close_matches(asked, words, n=1, cutoff=0.75)
    return f"did you mean {words[close[0]]}?" if close else "write it as Europe/Berlin or UTC"


def on_the_clock(wall: datetime, zone: tzinfo) -> tuple[datetime, str]:
    """When (UTC) clocks in `zone` show `wall` (naive), and a word where they are put.

    A time that clocks skip is taken as long after midnight as it would have been: 02:30 is
    03:30 when an hour is left out. Of a time that comes twice it is the first.
    """
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    moment = first.astimezone(UTC)
    shown = moment.astimezone(zone).replace(tzinfo=None)
    if shown != wall:
        word = f"{wall:%H:%M} is skipped that day in {zone}: clocks go forward, so {shown:%H:%M}"
        return moment, word
    if first.utcoffset() != second.utcoffset():
        return moment, f"{wall:%H:%M} comes twice that day in {zone}: the first one"
    return moment, ""
