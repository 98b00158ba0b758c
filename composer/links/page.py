"""The anchors of an HTML page."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser
from urllib.parse import unquote

#: Ids that some hosts put before the one in the address, and take away by a script.
_PREFIXES = ("", "user-content-")


def absent_from(page: bytes, charset: str, fragments: Iterable[str]) -> frozenset[str]:
    """The `fragments` that no element of `page` has as its id (or an `<a>` as its name)."""
    try:
        text = page.decode(charset, "replace")
    except LookupError:
        text = page.decode("utf-8", "replace")
    anchors = _Anchors()
    anchors.feed(text)
    there = anchors.found
    return frozenset(f for f in fragments if not any(p + unquote(f) in there for p in _PREFIXES))


def is_anchor(fragment: str) -> bool:
    """Whether `fragment` names an element, not a route of a script or a text to search for.

    An empty one and `top` lead to the top of every page (HTML, 7.4.6.4).
    """
    return fragment.lower() not in ("", "top") and not any(c in fragment for c in ":/!=&?")


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name == "id" or (name == "name" and tag == "a")):
                self.found.add(value)
