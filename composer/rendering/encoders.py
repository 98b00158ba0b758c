"""Put recipients' values into the slots of an edition, each encoded for the place it stands in.

A value is plain text and never becomes anything else: it is not parsed again as a template,
as HTML or as a header. In every context control characters (C0, C1, DEL) and the bidirectional
embeddings, overrides and isolates (U+202A–202E, U+2066–2069) are taken out, every kind of line
end becomes a space, and a lone surrogate becomes U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import quote, urlsplit

from composer.errors import ComposerError
from composer.model.edition import Context, Parts

#: What a URL of our own making may begin with.
OWN_SCHEMES = frozenset({"https", "http", "mailto"})

_LINE_ENDS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile("[\ud800-\udfff]")
#: What one of these three finds.
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
#: Nothing that a URL may hold raw (RFC 3986); letters beyond ASCII are tolerated.
_NOT_IN_URLS = re.compile('[\\s"<>\\\\^`{|}]')


def clean(value: str) -> str:
    """`value` as one line of visible text; see the module's docstring."""
    if (value.isascii() and value.isprintable()) or not _ODD.search(value):
        return value
    value = _LINE_ENDS.sub(" ", value)
    value = _UNSEEN.sub("", value)
    return _SURROGATES.sub("\ufffd", value)


def encode(value: str, context: Context) -> str:
    """`value` as it must be written where `context` says.

    Raises:
        ComposerError: a whole URL is not one of ours (`OWN_SCHEMES`).
    """
    return _ENCODERS[context](value)


def encoder_of(context: Context) -> Callable[[str], str]:
    """`encode` for one context, for those who ask it again and again."""
    return _ENCODERS[context]


def fill(parts: Parts, values: Mapping[str, str]) -> str:
    """`parts` with the value of each slot in its place; the default where it is missing or empty.

    `values` maps the names of slots to plain text.

    Raises:
        ComposerError: a slot has neither a value nor a default.
    """
    pieces = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        value = values.get(part.name) or part.default
        if value is None:
            raise ComposerError(
                f"there is no value for {part.name!r}, and no default",
                hint=f'write {{{{ {part.name} | default("…") }}}}',
            )
        pieces.append(_ENCODERS[part.context](value))
    return "".join(pieces)


def _html(value: str) -> str:
    return escape(clean(value), quote=False)


def _attribute(value: str) -> str:
    return escape(clean(value), quote=True)


def _url_part(value: str) -> str:
    # The percent signs, letters, digits and -._~ that quote() leaves are safe in an attribute.
    return quote(clean(value), safe="")


def _url(value: str) -> str:
    return escape(_own_url(value), quote=True)


def is_plain_url(value: str) -> bool:
    """Whether `value` may stand as a whole URL in a message: see `OWN_SCHEMES`."""
    try:
        scheme = urlsplit(value).scheme
    except ValueError:
        return False
    return scheme in OWN_SCHEMES and not _NOT_IN_URLS.search(value) and clean(value) == value


def _own_url(value: str) -> str:
    if not is_plain_url(value):
        raise ComposerError(
            f"{value[:80]!r} is not a URL that may stand in a message",
            hint="a whole URL begins with https:, http: or mailto: and has no spaces",
        )
    return value


def _header(value: str) -> str:
    value = clean(value)
    return " ".join(value.split()) if " " in value or not value.isascii() else value


_ENCODERS: Mapping[Context, Callable[[str], str]] = {
    Context.HTML: _html,
    Context.ATTRIBUTE: _attribute,
    Context.URL_PART: _url_part,
    Context.URL: _url,
    Context.TEXT: clean,
    Context.TEXT_URL_PART: _url_part,
    Context.TEXT_URL: _own_url,
    Context.HEADER: _header,
}
