"""When a mailing is to go: read from words, and told for each reader. Pure but for the zones.

`2026-11-23 09:00 Europe/Berlin` is one moment for all; `2026-11-23 09:00 local` is one for
each time zone; `09:00 local` is each reader's next nine o'clock.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from composer.errors import GuardError
from composer.model.span import span_text
from composer.reading.zones import on_the_clock, read_zone, zone_of

#: Farther away than this is a slip of the pen.
FARTHEST = timedelta(days=366)
#: Where a day ends last: once it is past there, it is past everywhere.
_LAST_ON_EARTH = timezone(timedelta(hours=-12))
#: Stands for the zone of readers whose own is not one.
UNKNOWN_ZONE = "?"

_WORDS = re.compile(
    r"(?:(?P<day>\d{4}-\d\d-\d\d|today|tomorrow)(?:[ T]+))?"
    r"(?P<time>\d{1,2}:\d\d(?::\d\d)?)\s*(?P<zone>\S.*)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)")
_HOW = 'write "2026-11-23 09:00 Europe/Berlin" or "2026-11-23 09:00 local"'


@dataclass(frozen=True)
class Schedule:
    """`zone` is None for each reader's own; `day` is None for the next one there.

    `home` is the zone of readers who have none, `asked` the moment at which this was said.
    """

    words: str
    day: date | None
    time: time
    zone: tzinfo | None
    home: tzinfo
    asked: datetime
    _known: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_local(self) -> bool:
        return self.zone is None

    def due_s(self, zone: str = "") -> int:
        """The moment (Unix seconds, UTC) for a reader in `zone`; never before it was asked for."""
        known = self._known.get(zone)
        if known is None:
            moment, _ = self.moment(self.zone or zone_of(zone) or self.home)
            known = self._known[zone] = max(unix_s(moment), unix_s(self.asked))
        return known

    def moment(self, zone: tzinfo) -> tuple[datetime, str]:
        """When it is in `zone`, and a word where clocks are put just then."""
        if self.day is not None:
            return on_the_clock(datetime.combine(self.day, self.time), zone)
        today = self.asked.astimezone(zone).date()
        found = on_the_clock(datetime.combine(today, self.time), zone)
        if found[0] > self.asked:
            return found
        return on_the_clock(datetime.combine(today + timedelta(days=1), self.time), zone)

    def place_of(self, zone: str) -> str:
        """The zone as a plan counts it: its name, `""` for none, `UNKNOWN_ZONE` for no zone."""
        if self.zone is not None or not zone:
            return ""
        return zone if zone_of(zone) else UNKNOWN_ZONE

    @property
    def word(self) -> str:
        """What must be said of a moment at which clocks are put; only for one zone."""
        return "" if self.zone is None else self.moment(self.zone)[1]


@dataclass(frozen=True, slots=True)
class Timetable:
    """How many are due when (Unix seconds), and where; zones as `Schedule.place_of` says."""

    schedule: Schedule
    counts: Mapping[tuple[int, str], int]

    @property
    def by_moment(self) -> Mapping[int, int]:
        sums = Counter[int]()
        for (due_s, _), count in self.counts.items():
            sums[due_s] += count
        return dict(sorted(sums.items()))

    @property
    def first_s(self) -> int:
        """The first moment; without readers, that of home."""
        return min(self.by_moment, default=self.schedule.due_s())

    @property
    def at_once(self) -> int:
        """Readers for whom the time is past already; they are not left out."""
        return self.by_moment.get(unix_s(self.schedule.asked), 0)

    @property
    def without_zone(self) -> int:
        """Readers who are taken to be at home, as nobody knows where they are."""
        places = ("", UNKNOWN_ZONE) if self.schedule.is_local else ()
        return sum(n for (_, place), n in self.counts.items() if place in places)

    def zones_at(self, due_s: int) -> Mapping[str, int]:
        """The zones of that moment, the largest first."""
        found = Counter({zone: n for (due, zone), n in self.counts.items() if due == due_s})
        return dict(found.most_common())


def read_schedule(words: str, *, now: datetime, home: str = "") -> Schedule:
    """Read `--at`; `home` is the site's time zone, when it has one.

    Raises:
        ValueError: it cannot be read, or could mean several moments; it says what to write.
        GuardError: it is past, or so far away that it must be a slip.
    """
    match = _WORDS.fullmatch(words.strip())
    if match is None:
        raise ValueError(f"{words!r} is not a time: {_HOW}")
    at_home = read_zone(home) if home else UTC
    zone = _zone(match["zone"] or "", words, home)
    now = now.replace(microsecond=0)
    schedule = Schedule(
        words=words.strip(),
        day=_day(match["day"], now.astimezone(zone or at_home).date(), words),
        time=_time(match["time"]),
        zone=zone,
        home=at_home,
        asked=now,
    )
    if schedule.day is None and zone is not None:
        raise ValueError(f"{words!r} names no day: write today, tomorrow or the date before it")
    _refuse_far(schedule)
    return schedule


def _zone(text: str, words: str, home: str) -> tzinfo | None:
    if text.lower() == "local":
        return None
    if text.lower() in ("z", "utc"):
        return UTC
    if offset := _OFFSET.fullmatch(text):
        minutes = int(offset["hours"]) * 60 + int(offset["minutes"])
        if int(offset["minutes"]) > 59 or minutes > 14 * 60:
            raise ValueError(f"{text!r} is not the offset of any place from UTC")
        return timezone(timedelta(minutes=minutes if offset["sign"] == "+" else -minutes))
    if text:
        return read_zone(text)
    if home:
        return read_zone(home)
    raise ValueError(
        f"{words!r} names no time zone: add one, as in Europe/Berlin or UTC, or local for each "
        "reader's own; or set timezone in [newsletter]"
    )


def _day(text: str | None, today: date, words: str) -> date | None:
    match (text or "").lower():
        case "":
            return None
        case "today":
            return today
        case "tomorrow":
            return today + timedelta(days=1)
        case written:
            try:
                return date.fromisoformat(written)
            except ValueError:
                raise ValueError(f"{words!r}: there is no such day") from None


def _time(text: str) -> time:
    try:
        hour, minute, second = map(int, [*text.split(":"), "0"][:3])
        return time(hour, minute, second)
    except ValueError:
        raise ValueError(f"{text!r} is not a time of the day: 00:00 to 23:59") from None


def _refuse_far(schedule: Schedule) -> None:
    """Raises GuardError when it is past everywhere, or more than a year away."""
    if schedule.day is None:
        return
    try:
        last = schedule.moment(schedule.zone or _LAST_ON_EARTH)[0]
    except OverflowError:
        last = datetime.max.replace(tzinfo=UTC)
    if last <= schedule.asked:
        ago = span_text((schedule.asked - last).total_seconds())
        where = "" if schedule.zone else " in every time zone"
        raise GuardError(
            f"{schedule.words} is past{where} (by {ago}). Nothing was sent.",
            hint="name a later time, or leave --at away to send now",
        )
    if last - schedule.asked > FARTHEST:
        raise GuardError(
            f"{schedule.words} is more than a year away. Nothing was sent.",
            hint="is the year right?",
        )


def refuse_past(table: Timetable) -> None:
    """Raises GuardError when the time is past for every reader."""
    readers = sum(table.counts.values())
    if readers and table.at_once == readers:
        raise GuardError(
            f"{table.schedule.words} is past for every reader. Nothing was sent.",
            hint="name a later day, or leave --at away to send now",
        )


def unix_s(moment: datetime) -> int:
    return int(moment.timestamp())


def utc_text(due_s: int) -> str:
    """`2026-11-23T08:00:00Z`."""
    return datetime.fromtimestamp(due_s, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def clock_text(due_s: int, zone: tzinfo) -> str:
    """`2026-11-23 09:00 CET`: what clocks in `zone` show then."""
    shown = datetime.fromtimestamp(due_s, zone)
    return f"{shown:%Y-%m-%d %H:%M} {shown.tzname() or ''}".strip()
