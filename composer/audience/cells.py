"""What a cell of a subscriber file may hold, and what a spreadsheet would make of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from composer.model.settings import FieldType
from composer.reading.field_values import read_value

MAX_CELL_CHARS = 10_000

#: C0 but for tab and line ends, DEL and C1: no text has them on purpose.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
#: RFC 5646 section 2.1: language, script, region, variants, extensions, private use.
_LOCALE = re.compile(
    r"[a-z]{2,3}(-[a-z]{3}){0,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?"
    r"(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(-[0-9a-wy-z](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)
#: So far ahead of ours may another machine's clock be, with its time zone.
_AHEAD = timedelta(days=1)
#: What spreadsheets take for a formula (OWASP, CSV injection), with what we put before it.
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")

#: Why a text is refused; empty when it is not.
Judge = Callable[[str], str]


def unfit(cell: str) -> str:
    """Why no column may hold `cell`; empty when it may."""
    if len(cell) > MAX_CELL_CHARS:
        return f"{len(cell):,} characters; at most {MAX_CELL_CHARS:,}"
    if _CONTROL.search(cell):
        return "a control character (such as NUL) is in it"
    return ""


def judge_of(name: str, kind: FieldType) -> Judge | None:
    """How the texts of a column are judged; None when any text will do."""
    own = {"status": _judge_state, "locale": _judge_locale, "consent_time": _judge_time}
    if name in own:
        return own[name]
    if kind is FieldType.TEXT:
        return None

    def judge(text: str) -> str:
        try:
            read_value(text, kind)
        except ValueError as error:
            return str(error)
        return ""

    return judge


def _judge_state(text: str) -> str:
    known = text.lower() in {"confirmed", "unconfirmed"}
    return "" if known else f"{text[:40]!r} is not confirmed or unconfirmed"


def _judge_locale(text: str) -> str:
    return (
        ""
        if _LOCALE.fullmatch(text.replace("_", "-"))
        else f"{text[:40]!r} is not a language, as en or pt-BR"
    )


def _judge_time(text: str) -> str:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return f"{text[:40]!r} is not a time in ISO 8601, as 2026-11-20T09:30:00Z"
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    if time - datetime.now(UTC) > _AHEAD:
        return f"{text[:40]!r} is yet to come; nobody can have agreed then"
    return ""


def escape_formula(cell: str) -> str:
    """Keep a spreadsheet from running a cell: what begins like a formula gets an apostrophe.

    A cell that looks as if it had one gets another, so that `unescape_formula` undoes it.
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """Undo `escape_formula`, so that what was exported can be imported again."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell
