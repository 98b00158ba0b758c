"""When a mailing goes, in words and for scripts: planned, waiting, late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from composer.model.delivery import Status
from composer.model.edition import EditionKey
from composer.model.mailing import Books, Mailing
from composer.model.span import span_text
from composer.reading.zones import zone_of
from composer.sending.schedule import UNKNOWN_ZONE, Timetable, clock_text, unix_s, utc_text

#: A day has no more moments than the world has offsets from UTC.
TOLD_MOMENTS = 40
#: More zones of one moment than these are counted, not listed.
TOLD_ZONES = 2


def home_of(timezone: str) -> tzinfo:
    """The site's zone, in which people read times."""
    return zone_of(timezone) or UTC


def moment_text(due_s: int, home: tzinfo) -> str:
    """`2026-11-23 09:00 CET (2026-11-23T08:00:00Z)`."""
    return f"{clock_text(due_s, home)} ({utc_text(due_s)})"


@dataclass(frozen=True, slots=True)
class Timing:
    """What of a mailing waits for its time.

    `waiting` are deliveries by the moment (Unix seconds) at which they are due, `rest` those
    that wait for the decision of an A/B test.
    """

    mailing: Mailing
    home: tzinfo
    now_s: int
    waiting: Mapping[int, int] = field(default_factory=dict)
    rest: int = 0

    @classmethod
    def of(
        cls, mailing: Mailing, books: Books, waiting: Mapping[int, int], home: tzinfo, now_s: int
    ) -> Timing:
        contest = mailing.contest
        open_keys = [
            name
            for name in books.by_edition
            if contest and contest.undecided and not EditionKey.parse(name).variant
        ]
        rest = sum(books.by_edition[name].get(Status.PLANNED, 0) for name in open_keys)
        return cls(mailing, home, now_s, waiting, rest)

    @property
    def count(self) -> int:
        """Deliveries whose time has not come, of a mailing that was asked to go in time."""
        if not self.mailing.due and not self.mailing.contest:
            return 0
        return sum(self.waiting.values()) + self.rest

    @property
    def words(self) -> str:
        """`1,284 wait for 2026-11-23 09:00 CET (…Z, in 2 d 23 h)`; empty when nothing waits."""
        told = []
        if self.count and self.waiting:
            told.append(f"{_wait(sum(self.waiting.values()))} for {self._at(min(self.waiting))}")
        if self.rest:
            contest = self.mailing.contest
            decided_s = contest.decided_from if contest else 0
            when = f" at {self._at(decided_s)}" if decided_s else ""
            told.append(f"{_wait(self.rest)} for the decision of the A/B test{when}")
        return ", ".join(told)

    def _at(self, moment_s: int) -> str:
        away = f"in {span_text(moment_s - self.now_s)}" if moment_s > self.now_s else "now"
        return f"{clock_text(moment_s, self.home)} ({utc_text(moment_s)}, {away})"

    @property
    def lines(self) -> list[str]:
        """A row for each moment, where there are several."""
        if len(self.waiting) < 2:
            return []
        told = list(self.waiting.items())[:TOLD_MOMENTS]
        rows = [f"  {moment_text(due_s, self.home)}  {count:>8,}" for due_s, count in told]
        more = len(self.waiting) - len(told)
        return ["", "  due", *rows, *([f"  … and {more} more moments"] if more else [])]

    @property
    def document(self) -> dict[str, object] | None:
        """What was asked for and what of it is still to come; None for a mailing without."""
        if not self.mailing.schedule and not self.waiting:
            return None
        rows = [
            {"due": utc_text(due_s), "local": clock_text(due_s, self.home), "deliveries": count}
            for due_s, count in self.waiting.items()
        ]
        return {**(schedule_document(self.mailing) or {}), "waiting": rows}


def _wait(count: int) -> str:
    return f"{count:,} {'waits' if count == 1 else 'wait'}"


def schedule_document(mailing: Mailing) -> dict[str, object] | None:
    """What a mailing was scheduled for; None when it went at once."""
    if not mailing.schedule:
        return None
    return {"at": mailing.schedule, "due": utc_text(mailing.due)}


# --- of a plan ------------------------------------------------------------------------------


def timetable_rows(table: Timetable) -> Iterator[tuple[str, str]]:
    """Rows of a plan: the moment, or each of them with its readers and zones."""
    schedule, home = table.schedule, table.schedule.home
    now_s = unix_s(schedule.asked)
    if not schedule.is_local:
        shown = schedule.zone or home
        away = span_text(table.first_s - now_s)
        yield "goes", f"{moment_text(table.first_s, shown)}, in {away}"
        if schedule.word:
            yield "", schedule.word
        return
    day = schedule.day.isoformat() if schedule.day else "the next day there"
    yield "goes", f"{schedule.time:%H:%M} by each reader's own clock, {day}"
    told = list(table.by_moment.items())
    width = max((len(f"{count:,}") for _, count in told), default=1)
    for due_s, count in told[:TOLD_MOMENTS]:
        at = "at once, for it is past there" if due_s == now_s else moment_text(due_s, home)
        yield "", f"{count:>{width},}  {at}  {_zones(table, due_s)}".rstrip()
    if len(told) > TOLD_MOMENTS:
        yield "", f"… and {len(told) - TOLD_MOMENTS} more moments: see --json"
    if table.without_zone:
        verb = "has" if table.without_zone == 1 else "have"
        yield "", f"{table.without_zone:,} {verb} no time zone that is one: as in {home}"


def _zones(table: Timetable, due_s: int) -> str:
    names = [zone for zone in table.zones_at(due_s) if zone not in ("", UNKNOWN_ZONE)]
    more = len(names) - TOLD_ZONES
    return ", ".join(names[:TOLD_ZONES]) + (f" and {more} more" if more > 0 else "")


def timetable_document(table: Timetable) -> dict[str, object]:
    """The moments of a plan for scripts."""
    moments = [
        {
            "due": utc_text(due_s),
            "local": clock_text(due_s, table.schedule.home),
            "recipients": count,
            "zones": {zone or "none": n for zone, n in table.zones_at(due_s).items()},
        }
        for due_s, count in table.by_moment.items()
    ]
    return {
        "at": table.schedule.words,
        "due": utc_text(table.first_s),
        "note": table.schedule.word,
        "moments": moments,
        "at_once": table.at_once,
        "without_zone": table.without_zone,
    }
