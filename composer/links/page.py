"""The anchors of an HTML page, whatever its author or an enemy wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import unquote

#: Ids that some hosts put before the one in the address, and take away by a script.
_PREFIXES = ("", "user-content-")

# Not a parser: the standard one raises on some pages. What looks like an id in a script or a
# text is taken for one, which at worst leaves a finding out. Every repetition is bounded.
_VALUE = r"""\s{0,9}=\s{0,9}(?:"([^"]{0,300})"|'([^']{0,300})'|([^\s"'>]{1,300}))"""
_ID = re.compile(rf"[\s\"'/]id{_VALUE}", re.IGNORECASE)
_NAME = re.compile(rf"<a\s[^<>]{{0,100}}?(?<=[\s\"'/])name{_VALUE}", re.IGNORECASE)


def absent_from(page: bytes, charset: str, fragments: Iterable[str]) -> frozenset[str]:
    """The `fragments` that no element of `page` has as its id (or an `<a>` as its name)."""
    try:
        text = page.decode(charset, "replace")
    except (LookupError, UnicodeError):
        text = page.decode("utf-8", "replace")
    found = {
        unescape("".join(value or "" for value in match.groups()))
        for pattern in (_ID, _NAME)
        for match in pattern.finditer(text)
    }
    return frozenset(f for f in fragments if not any(p + unquote(f) in found for p in _PREFIXES))


def is_anchor(fragment: str) -> bool:
    """Whether `fragment` names an element, not a route of a script or a text to search for.

    An empty one and `top` lead to the top of every page (HTML, 7.4.6.4).
    """
    return fragment.lower() not in ("", "top") and not any(c in fragment for c in ":/!=&?")
