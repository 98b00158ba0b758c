"""What `{{ … }}` in an issue means: our own values at once, a reader's as a slot."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape

from composer.errors import SourceError
from composer.model.edition import Context, Parts, Slot
from composer.model.finding import Finding, Severity
from composer.model.issue import (
    Code,
    Emphasis,
    Expression,
    Fragment,
    Inline,
    Issue,
    LineBreak,
    Link,
    Position,
    Strong,
    Text,
)
from composer.model.settings import NewsletterSettings
from composer.rendering.encoders import encode
from composer.rendering.sentinels import Sentinels
from composer.rendering.strings import date_text

#: Where a link may lead; `#` is a section of the same issue.
_SAFE_TARGET = re.compile(r"(https?|mailto|tel):|#", re.IGNORECASE)
_WHOLE = {Context.URL_PART: Context.URL, Context.TEXT_URL_PART: Context.TEXT_URL}


#: What an issue may say of itself and of its newsletter.
_VALUES: Mapping[str, Callable[[Issue, NewsletterSettings], str]] = {
    "issue.title": lambda issue, _: issue.title,
    "issue.number": lambda issue, _: issue.number,
    "issue.date": lambda issue, _: date_text(issue.date, issue.locale),
    "issue.id": lambda issue, _: issue.id,
    "newsletter.name": lambda _, newsletter: newsletter.name,
    "newsletter.postal_address": lambda _, newsletter: newsletter.postal_address,
    "newsletter.base_url": lambda _, newsletter: newsletter.base_url,
    "newsletter.publisher": lambda _, newsletter: newsletter.publisher or newsletter.name,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Resolves the expressions of one edition."""

    issue: Issue
    newsletter: NewsletterSettings
    sentinels: Sentinels

    def value(self, expression: Expression) -> str:
        """The plain text of an expression that is the same for every reader.

        Raises:
            SourceError: the issue or the newsletter has no such value.
        """
        read = _VALUES.get(expression.name)
        if read is None:
            raise self.wrong(
                "merge/unknown-field",
                f"{expression.name} is not a value that an issue may use",
                expression.at,
            )
        value = read(self.issue, self.newsletter)
        return value or expression.default or ""

    def put(self, expression: Expression, context: Context) -> str:
        """What stands where the expression stood: encoded text, or a slot's stand-in."""
        if expression.is_personal:
            return self.sentinels.put(Slot(expression.name, context, expression.default))
        return encode(self.value(expression), context)

    def fragment(self, fragment: Fragment, context: Context) -> str:
        """`fragment` encoded for `context`."""
        return "".join(
            encode(part, context) if isinstance(part, str) else self.put(part, context)
            for part in fragment
        )

    def parts(self, fragment: Fragment, context: Context) -> Parts:
        """`fragment` as literals and slots that are still to be encoded."""
        pieces: list[str | Slot] = []
        for part in fragment:
            if isinstance(part, Expression) and part.is_personal:
                pieces.append(Slot(part.name, context, part.default))
                continue
            text = part if isinstance(part, str) else self.value(part)
            if text and pieces and isinstance(pieces[-1], str):
                pieces[-1] += text
            elif text:
                pieces.append(text)
        return tuple(pieces)

    def url(self, target: Fragment, part: Context, at: Position) -> str:
        """A link's target; `part` is `URL_PART` in an attribute, `TEXT_URL_PART` in plain text.

        Raises:
            SourceError: it leads where no link of a message may lead, such as `javascript:`.
        """
        pieces = []
        for index, piece in enumerate(target):
            if isinstance(piece, str):
                pieces.append(escape(piece) if part is Context.URL_PART else piece)
            elif index == 0:
                # Only here may a value bring its own scheme and host.
                pieces.append(self.put(piece, _WHOLE[part]))
            else:
                pieces.append(self.put(piece, part))
        first = target[0] if target else ""
        if isinstance(first, str) and not _SAFE_TARGET.match(first):
            raise self.wrong("link/scheme", f"a link may not lead to {first[:60]!r}", at)
        return "".join(pieces)

    def plain(self, inlines: Iterable[Inline]) -> str:
        """The words alone; a personal value shows as its default, or as its field in brackets."""
        words = []
        for inline in inlines:
            match inline:
                case Text() | Code():
                    words.append(inline.text)
                case Emphasis() | Strong() | Link():
                    words.append(self.plain(inline.children))
                case LineBreak():
                    words.append(" ")
                case Expression():
                    words.append(self._shown(inline))
        return "".join(words)

    def _shown(self, expression: Expression) -> str:
        if not expression.is_personal:
            return self.value(expression)
        return expression.default or f"[{expression.name.removeprefix('subscriber.')}]"

    def wrong(self, code: str, message: str, at: Position) -> SourceError:
        """Reading finds these first; nothing that slipped through it may reach a reader."""
        path = self.issue.path
        finding = Finding(code, Severity.ERROR, message, "", path, at.line, at.column)
        return SourceError([finding])
