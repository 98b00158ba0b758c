"""Inlines as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from markupsafe import Markup

from composer.model.edition import Context
from composer.model.issue import (
    Code,
    Emphasis,
    Expression,
    Inline,
    LineBreak,
    Link,
    Strong,
    Text,
)
from composer.rendering.scope import Scope


def html_of(inlines: Iterable[Inline], scope: Scope) -> Markup:
    """`inlines` as HTML without a tag around it; text is kept as it was written."""
    return Markup("".join(_html(inline, scope) for inline in inlines))  # noqa: S704 - made below


def _html(inline: Inline, scope: Scope) -> str:
    match inline:
        case Text():
            return escape(inline.text, quote=False)
        case Code():
            return f"<code>{escape(inline.text, quote=False)}</code>"
        case Emphasis() | Strong():
            tag = "em" if isinstance(inline, Emphasis) else "strong"
            return f"<{tag}>{html_of(inline.children, scope)}</{tag}>"
        case LineBreak():
            return "<br>"
        case Link():
            return _link(inline, scope)
        case Expression():
            return scope.put(inline, Context.HTML)


def _link(link: Link, scope: Scope) -> str:
    href = scope.url(link.target, Context.URL_PART, link.at)
    title = f' title="{escape(link.title)}"' if link.title else ""
    # A link without words could not be seen, heard or clicked: its target speaks for it.
    words = html_of(link.children, scope) or scope.fragment(link.target, Context.HTML)
    return f'<a href="{href}"{title}>{words}</a>'
