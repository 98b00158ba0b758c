"""Inlines as plain words, their links as numbered notes at the end of the section."""

from __future__ import annotations

from collections.abc import Iterable

from composer.model.edition import Context
from composer.model.issue import (
    Code,
    Emphasis,
    Expression,
    Fragment,
    Inline,
    LineBreak,
    Link,
    Position,
    Strong,
    Text,
)
from composer.rendering.scope import Scope
from composer.rendering.text.wrap import width, wrap


class Words:
    """Turns inlines into words and remembers the links that a section still has to list.

    Numbers run through the whole issue; a target named twice in a section has one number.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._numbers: dict[str, int] = {}
        self._last = 0

    def of(self, inlines: Iterable[Inline]) -> str:
        """One line for the wrapper, with `\\n` where the author asked for a break."""
        return "".join(self._word(inline) for inline in inlines).strip()

    def fragment(self, fragment: Fragment) -> str:
        return self.scope.fragment(fragment, Context.TEXT)

    def url(self, target: Fragment, at: Position) -> str:
        return self.scope.url(target, Context.TEXT_URL_PART, at)

    def measure(self, text: str) -> int:
        """Columns, a slot counted as its default."""
        return width(self.scope.sentinels.widened(text))

    def wrap(self, text: str, columns: int) -> list[str]:
        """`text` in lines; no line for no text."""
        if not text:
            return []
        slots = self.scope.sentinels.count(text)
        return wrap(text, columns, self.measure if slots else width)

    def note(self, url: str) -> str:
        """` [3]`, the number under which `url` is listed; nothing for a place in the issue."""
        if url.startswith("#"):
            return ""
        number = self._numbers.get(url)
        if number is None:
            self._last += 1
            number = self._numbers[url] = self._last
        return f" [{number}]"

    def take_links(self) -> list[str]:
        """`[3] https://…` for each link since the last call."""
        lines = [f"[{number}] {url}" for url, number in self._numbers.items()]
        self._numbers.clear()
        return lines

    def _word(self, inline: Inline) -> str:
        match inline:
            case Text() | Code():
                return inline.text
            case Emphasis() | Strong():
                return "".join(self._word(child) for child in inline.children)
            case LineBreak():
                return "\n"
            case Expression():
                return self.scope.put(inline, Context.TEXT)
            case Link():
                return self._link(inline)

    def _link(self, link: Link) -> str:
        words = self.of(link.children)
        url = self.url(link.target, link.at)
        title = f" ({link.title})" if link.title else ""
        if not words or words in {url, url.removeprefix("mailto:"), url.removeprefix("tel:")}:
            return f"{words or url}{title}"
        return f"{words}{title}{self.note(url)}"
