"""Where links may lead."""

from __future__ import annotations

import re

from composer.model.issue import Expression, Fragment, Position
from composer.reading.desk import Desk
from composer.reading.suggest import near

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BAD = re.compile(r"[\s<>\"\\^`{|}]")
#: What a reader's value may not follow: the host of a URL has not ended yet.
_OPEN_HOST = re.compile(r"https?://[^/?#\s]*|mailto:[^?]*|tel:.*", re.IGNORECASE)
_FILE = re.compile(r"\.(?:html?|md|txt|pdf|png|jpe?g|gif|docx?)$", re.IGNORECASE)
_BARE_HOST = re.compile(r"(?:www\.|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?:/|$))", re.IGNORECASE)
_BARE = ("#", "mailto:", "tel:", "http:", "https:", "http://", "https://")
ALLOWED = "links lead to https://…, mailto:…, tel:… or #section-id"


def read_target(desk: Desk, hidden: str, at: Position) -> Fragment:
    """The target of a link, as written; what no reader could follow is told."""
    target = desk.fragment(hidden)
    first = target[0] if target else ""
    if isinstance(first, Expression):
        _personal_start(desk, target, first)
        return target
    personal = next((part for part in target if isinstance(part, Expression)), None)
    if personal and _OPEN_HOST.fullmatch(first):
        _personal_host(desk, personal)
        return target
    if problem := _problem(first, alone=len(target) == 1):
        code, message, hint = problem
        desk.findings.error(code, at, message, hint)
        return target
    if first.startswith("#"):
        anchor = desk.literal(hidden, "a link to a section")
        if personal is None:
            desk.anchors.append((anchor[1:], at))
    return target


def _problem(first: str, *, alone: bool) -> tuple[str, str, str] | None:
    """Code, message and hint for a target that begins with `first`, or is only that."""
    scheme = _SCHEME.match(first)
    name = scheme[1].lower() if scheme else ""
    bare = alone and first.strip().lower() in _BARE
    if not first.strip() or bare:
        return "link/empty", "the link leads nowhere", "write [words](https://host/path)"
    if name in ("http", "https") and not re.match(r"https?://[^/?#]", first, re.IGNORECASE):
        return "link/scheme", f"{first[:60]!r} has no host", "write https://host/path"
    if name not in ("http", "https", "mailto", "tel") and not first.startswith("#"):
        return "link/scheme", f"{first[:60]!r} is not a link for mail", _better(first, name)
    if bad := _BAD.search(first):
        code = f"%{ord(bad[0]):02X}" if bad[0].isascii() else "its percent code"
        return "link/syntax", f"the target holds {bad[0]!r}", f"write {code} instead"
    return None


def _better(first: str, scheme: str) -> str:
    if re.fullmatch(r"[^\s@/:]+@[^\s@/:]+\.[a-z]+", first, re.IGNORECASE):
        return f"write mailto:{first}"
    if _BARE_HOST.match(first) and not _FILE.search(first):
        return f"write https://{first[:60]}"
    close = near(scheme, ("http", "https", "mailto"), otherwise=ALLOWED) if scheme else ""
    return close or ALLOWED


def _personal_start(desk: Desk, target: Fragment, first: Expression) -> None:
    """A target that begins with an expression: only the newsletter's own address may."""
    follows = target[1] if len(target) > 1 else ""
    if first.name != "newsletter.base_url":
        _personal_host(desk, first)
    elif isinstance(follows, Expression):
        _personal_host(desk, follows)
    elif follows and follows[0] not in "/?#":
        desk.findings.error(
            "link/syntax",
            first.at,
            "the address of the newsletter runs into the text after it",
            "write {{ newsletter.base_url }}/path",
        )


def _personal_host(desk: Desk, expression: Expression) -> None:
    desk.findings.error(
        "link/personal-host",
        expression.at,
        f"{expression.name} would decide where the link leads",
        "write out the host: https://host/path?name={{ … }}",
    )


def check_anchors(desk: Desk, ids: set[str]) -> None:
    """Tell of links to sections that are not there."""
    for anchor, at in desk.anchors:
        if anchor not in ids:
            hint = near(anchor, sorted(ids), otherwise="give a section this {#id}")
            desk.findings.error("link/anchor", at, f"there is no section #{anchor}", hint)
