"""What an inbox shows: subject, preheader, date; and the issues before this one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from datetime import timedelta

from composer.checks.examined import TOP, Examined, Remark, Rule
from composer.checks.fronts import Front, front_of
from composer.checks.structure import is_shouted
from composer.model.finding import Severity
from composer.model.issue import Fragment, Position

#: What inboxes on a desk show of a subject; phones show about half.
SUBJECT_CHARS = 70
#: What stands behind it, and what is too short to say anything.
PREHEADER_CHARS = (30, 140)
#: What a value is counted with that has no default.
VALUE_CHARS = 10
#: Nobody writes an issue that long before its day.
FAR = timedelta(days=180)


def shown_text(fragment: Fragment) -> str:
    """A fragment as it will look about; a value that has no default is a row of x."""
    return "".join(
        part if isinstance(part, str) else (part.default or "x" * VALUE_CHARS) for part in fragment
    )


def _subjects(examined: Examined) -> Iterator[tuple[str, Position]]:
    """Each variant of the subject as it will look, and its place."""
    positions = examined.issue.positions
    for name, fragment in examined.issue.subjects.items():
        key = f"subject.{name}" if name else "subject"
        if key in positions:  # otherwise it is the title
            yield shown_text(fragment), positions[key]


def subject_length(examined: Examined) -> Iterator[Remark]:
    for text, at in _subjects(examined):
        if len(text) > SUBJECT_CHARS:
            yield Remark(
                f"the subject has {len(text)} characters; inboxes cut it at about {SUBJECT_CHARS}",
                "say first what the reader gains, and the rest in the preheader",
                at,
            )


def subject_shouting(examined: Examined) -> Iterator[Remark]:
    for text, at in _subjects(examined):
        if is_shouted(text):
            yield Remark(
                "the subject is all in capitals; filters and readers take it for spam",
                "write it in small letters",
                at,
            )


def preheader_missing(examined: Examined) -> Iterator[Remark]:
    """Then inboxes show the first words of the letter behind the subject."""
    if not examined.issue.preheader:
        yield Remark(
            "the issue has no preheader: inboxes show the letter's first words in its place",
            "write preheader: and one sentence that goes on where the subject ends",
            examined.issue.positions.get("subject", TOP),
        )


def preheader_length(examined: Examined) -> Iterator[Remark]:
    shortest, longest = PREHEADER_CHARS
    length = len(shown_text(examined.issue.preheader))
    at = examined.issue.positions.get("preheader", TOP)
    if length > longest:
        yield Remark(
            f"the preheader has {length} characters; inboxes cut it at about {longest} at most",
            "one sentence is enough",
            at,
        )
    elif 0 < length < shortest:
        yield Remark(
            f"the preheader has only {length} characters",
            f"there is room for {longest}: say what the subject could not",
            at,
        )


def preheader_repeats(examined: Examined) -> Iterator[Remark]:
    """Two lines in an inbox, and the second says nothing new."""
    preheader = _flat(shown_text(examined.issue.preheader))
    for fragment in examined.issue.subjects.values():
        subject = _flat(shown_text(fragment))
        if not preheader or not subject:
            continue
        alike = difflib.SequenceMatcher(None, subject[:200], preheader[:200], autojunk=False)
        begins = preheader.startswith(subject) or subject.startswith(preheader)
        if begins or alike.ratio() > 0.85:
            at = examined.issue.positions.get("preheader", TOP)
            yield Remark("the preheader repeats the subject", "say what the subject could not", at)
            return


def _flat(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def date_far(examined: Examined) -> Iterator[Remark]:
    """The year was mistyped."""
    day, today = examined.issue.date, examined.today
    if today and day - today > FAR:
        yield Remark(
            f"the issue is dated {day.isoformat()}, which is more than half a year from today",
            "look at the year",
            examined.issue.positions.get("date", TOP),
        )


def _near_in_time(examined: Examined) -> Iterator[Front]:
    """Numbers begin anew in some years, so only issues of some months are compared."""
    mine = examined.issue.path.absolute()
    for other in examined.others:
        if other.path.absolute() == mine or other.day is None:
            continue
        if abs(other.day - examined.issue.date) <= FAR:
            yield other


def repeated_subject(examined: Examined) -> Iterator[Remark]:
    """An issue that was made from the last one still has its subject."""
    own = front_of(examined.issue.path, examined.source)
    for other in _near_in_time(examined):
        if own.subject and own.subject == other.subject and _is_later(examined, other):
            yield Remark(
                f"{_name(other)} has the same subject; inboxes would put both in one thread",
                "say what is new",
                examined.issue.positions.get("subject", TOP),
            )
            return


def repeated_number(examined: Examined) -> Iterator[Remark]:
    for other in _near_in_time(examined):
        same = examined.issue.number and examined.issue.number == other.number
        if same and _is_later(examined, other):
            yield Remark(
                f"{_name(other)} has the number {other.number} as well",
                "count on",
                examined.issue.positions.get("number", TOP),
            )
            return


def date_order(examined: Examined) -> Iterator[Remark]:
    """An issue is dated before the one whose number comes before its own."""
    number = examined.issue.number
    for other in _near_in_time(examined):
        before = (
            number.isdecimal() and other.number.isdecimal() and int(other.number) + 1 == int(number)
        )
        if before and other.day is not None and other.day > examined.issue.date:
            yield Remark(
                f"the issue is dated {examined.issue.date.isoformat()}, before number "
                f"{other.number} of {other.day.isoformat()}",
                "look at both dates",
                examined.issue.positions.get("date", TOP),
            )
            return


def _is_later(examined: Examined, other: Front) -> bool:
    """Of two that are alike, the later one is told of; of one day, by name."""
    mine = (examined.issue.date, examined.issue.id)
    return other.day is not None and mine > (other.day, _name(other))


def _name(front: Front) -> str:
    return front.path.absolute().parent.name


_W = Severity.WARNING

RULES = (
    Rule("meta/subject-length", _W, "a subject that inboxes cut", subject_length),
    Rule("meta/subject-shouting", _W, "a subject in capitals", subject_shouting),
    Rule("meta/preheader-missing", _W, "no preheader", preheader_missing),
    Rule("meta/preheader-length", _W, "a preheader too short or too long", preheader_length),
    Rule("meta/preheader-repeats", _W, "a preheader that repeats the subject", preheader_repeats),
    Rule("meta/date-far", _W, "an issue of a distant day", date_far),
    Rule("meta/repeated-subject", _W, "the subject of another issue", repeated_subject),
    Rule("meta/repeated-number", _W, "the number of another issue", repeated_number),
    Rule("meta/date-order", _W, "dates that go another way than numbers", date_order),
)
