"""Let the links of an edition be counted: each plain one becomes a slot of its own.

A link is left as it is when it leads into the letter itself, to mail or a telephone, to pages of
readers or of this issue, or holds a value of a reader. So is what only Outlook sees, in comments,
and the whole plain text: there people read where a link leads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from urllib.parse import urlsplit

from composer.model.clicks import LINK_SLOT, PATH, link_of
from composer.model.edition import Context, Edition, Parts, Slot
from composer.rendering.encoders import encode, is_plain_url
from composer.rendering.verify import ATTRIBUTE, TOKEN

#: A longer one would not be told whole in reports.
MAX_TARGET_CHARS = 1_000
#: Pages of ours that are about one reader, or would lead around in a circle.
_OWN_PATHS = (PATH, "/u/", "/preferences/", "/confirm/", "/subscribe", "/webhooks/")
#: What stands for a slot while links are looked for: no HTML holds one.
_HOLE = "\0"
_LINK_TAG = re.compile(r"<(?:a|area)\s", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)


def with_counted_links(edition: Edition, base_url: str, web_url: str) -> Edition:
    """`edition`, with a slot in the place of each link that is counted.

    Without values for them it reads as before: the default of such a slot is its target.
    `web_url` is where the issue stands on the web.
    """
    html = "".join(part if isinstance(part, str) else _HOLE for part in edition.html)
    own = tuple(base_url + path for path in _OWN_PATHS)
    spots = [
        (start, end, target)
        for start, end, target in _links(html)
        if _is_counted(target)
        and not target.startswith(own)
        and re.split("[?#]", target, maxsplit=1)[0].rstrip("/") != web_url
    ]
    return replace(edition, html=_cut(edition.html, spots)) if spots else edition


def _links(html: str) -> Iterator[tuple[int, int, str]]:
    """Where the target of each link begins and ends, and what it is."""
    for token in TOKEN.finditer(html):
        if not token["tag"] or not _LINK_TAG.match(token[0]):
            continue
        for attribute in ATTRIBUTE.finditer(token[0]):
            if attribute[1].lower() == "href":
                group = 2 if attribute[2] is not None else 3
                start, end = attribute.span(group)
                yield token.start() + start, token.start() + end, unescape(attribute[group])
                break


def _is_counted(target: str) -> bool:
    if _HOLE in target or len(target) > MAX_TARGET_CHARS or not _WEB.match(target):
        return False
    try:
        host = urlsplit(target).netloc
    except ValueError:
        return False
    # A host in other letters would have to be spelt anew; a name before an @ hides the host.
    return bool(host) and host.isascii() and "@" not in host and is_plain_url(target)


def _cut(parts: Parts, spots: list[tuple[int, int, str]]) -> Parts:
    """`parts` with a slot in the place of each spot; none of them reaches over a slot."""
    made: list[str | Slot] = []
    at = 0
    left = iter(spots)
    spot = next(left, None)
    for part in parts:
        if isinstance(part, Slot):
            made.append(part)
            at += len(_HOLE)
            continue
        begin, end = at, at + len(part)
        while spot is not None and spot[0] < end:
            made.append(part[begin - at : spot[0] - at])
            made.append(Slot(LINK_SLOT + link_of(spot[2]), Context.URL, spot[2]))
            begin = spot[1]
            spot = next(left, None)
        made.append(part[begin - at :])
        at = end
    return tuple(part for part in made if part != "")


def redirect_target(target: str) -> str:
    """`target` as an HTTP header takes it: letters beyond ASCII as percent codes."""
    return "".join(c if c.isascii() else encode(c, Context.URL_PART) for c in target)
