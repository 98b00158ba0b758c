"""What an HTTP answer of SendGrid means for the deliveries of the call."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto

from composer.providers.reasons import plain_reason


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Whatever came back, good or bad; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Lost(Exception):
    """The request left us, in whole or in part, and there is no answer: it may have been taken."""


class Kind(Enum):
    """What is to be done about a call."""

    TAKEN = auto()  #: every delivery was accepted
    BLAMED = auto()  #: some deliveries are named; nobody was taken
    SPLIT = auto()  #: somebody or something is wrong, it does not say who; nobody was taken
    OURS = auto()  #: credentials, sender or body are wrong; nobody was taken
    WAIT = auto()  #: too many requests; nobody was taken
    UNCLEAR = auto()  #: it may have been taken


@dataclass(frozen=True, slots=True)
class Meaning:
    """`blamed` maps positions in the call to reasons; for those in `sure` it is the address."""

    kind: Kind
    reason: str = ""
    message_id: str = ""
    blamed: Mapping[int, str] = field(default_factory=dict)
    sure: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Error:
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.message} ({self.field})" if self.field else self.message


_INDEX = re.compile(r"personalizations[.\[](\d+)\]?(?:\.(\w+))?")
#: The parts of a body that are the same for every reader.
_SHARED = re.compile(
    r"(from|subject|content|reply_to|attachments|mail_settings|tracking_settings|headers)\b"
)


def meaning_of(answer: HttpAnswer, size: int, *, sandbox: bool) -> Meaning:
    """Judge the answer to a call of `size` personalizations.

    Only 202 says that mail was taken (200 in the sandbox, which takes none). A server error
    or any other success may hide that it was: there is no key to ask again with.
    """
    status = answer.status
    if status == (200 if sandbox else 202):
        return Meaning(Kind.TAKEN, message_id=answer.headers.get("x-message-id", ""))
    errors = _errors(answer.body)
    told = "; ".join(map(str, errors[:3])) or _glimpse(answer.body)
    reason = plain_reason(f"HTTP {status}: {told}")
    match status:
        case 400:
            return _bad_request(errors, size, reason)
        case 413:
            return Meaning(Kind.SPLIT, reason)
        case 408 | 425 | 429:
            return Meaning(Kind.WAIT, reason)
        case _ if 400 <= status < 500:
            return Meaning(Kind.OURS, reason)
        case _:
            return Meaning(Kind.UNCLEAR, reason)


def wait_of(headers: Mapping[str, str], now_s: float) -> float | None:
    """Seconds until another try is welcome, if the answer says so; `now_s` is Unix time."""
    after = headers.get("retry-after", "").strip()
    if after.isdigit():
        return float(after)
    if after:
        try:
            then = parsedate_to_datetime(after)
        except ValueError:
            pass
        else:
            then = then if then.tzinfo else then.replace(tzinfo=UTC)
            return max(0.0, (then - datetime.fromtimestamp(now_s, UTC)).total_seconds())
    reset = headers.get("x-ratelimit-reset", "").strip()
    return max(0.0, float(reset) - now_s) if reset.isdigit() else None


def _bad_request(errors: list[_Error], size: int, reason: str) -> Meaning:
    blamed: dict[int, str] = {}
    sure: set[int] = set()
    for error in errors:
        # The field, where there is one, is more to the point than the sentence.
        match = _INDEX.search(error.field) or _INDEX.search(error.message)
        part = (match.group(2) or "") if match else ""
        if _SHARED.match(error.field) or part not in ("", "to"):
            # Whatever is not the address comes from us, even where one reader's is named.
            return Meaning(Kind.OURS, reason)
        if match and int(match.group(1)) < size:
            position = int(match.group(1))
            blamed.setdefault(position, f"HTTP 400: {error}")
            if part == "to":
                sure.add(position)
    if not blamed or (len(blamed) == size > 1 and not sure):
        return Meaning(Kind.OURS if blamed else Kind.SPLIT, reason)
    return Meaning(Kind.BLAMED, reason, blamed=blamed, sure=frozenset(sure))


def _errors(body: bytes) -> list[_Error]:
    """The errors of a body of whatever kind; none of one that is not the API's."""
    try:
        listed = json.loads(body)["errors"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    if not isinstance(listed, list):
        return []
    return [
        _Error(str(entry.get("field") or ""), str(entry.get("message") or ""))
        for entry in listed
        if isinstance(entry, dict)
    ]


def _glimpse(body: bytes) -> str:
    text = re.sub(r"<[^>]{0,200}>", " ", body[:2000].decode("utf-8", "replace"))
    return " ".join(text.split())[:100] or "no explanation"
