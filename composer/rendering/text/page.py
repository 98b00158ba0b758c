"""The whole text variant: masthead, contents, sections, footer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from composer.model.edition import Context, Slot
from composer.model.issue import Block, Paragraph, Section
from composer.rendering.scope import Scope
from composer.rendering.strings import date_text, listed, words_of
from composer.rendering.text.blocks import block_lines, underlined
from composer.rendering.text.form import Form, is_postscript
from composer.rendering.text.words import Words
from composer.rendering.text.wrap import COLUMNS, prefixed
from composer.rendering.viewing import web_url

#: A shorter issue needs no list of contents.
_SECTIONS_FOR_CONTENTS = 3


def text_of(scope: Scope, form: Form = Form.BULLETIN) -> str:
    """The text variant with stand-ins for slots: LF line ends, one final newline.

    No line is wider than `COLUMNS`, save a single word that is (a URL stays whole), and none
    ends in blanks. Whatever the HTML variant says, this one says.
    """
    page = _Page(scope)
    chunks = page.letter() if form is Form.LETTER else page.bulletin()
    chunks.append(["", *page.footer()])
    return "\n\n".join("\n".join(chunk) for chunk in chunks if chunk) + "\n"


class _Page:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._words = Words(scope)
        self._said: Mapping[str, str] = words_of(scope.issue.locale, scope.newsletter)

    def bulletin(self) -> list[list[str]]:
        """Masthead, contents and numbered sections."""
        issue = self._scope.issue
        numbered = len(issue.sections) >= _SECTIONS_FOR_CONTENTS
        chunks = [self.masthead(issue.authors), self.run(issue.introduction)]
        if numbered:
            chunks.append(self.contents())
        for number, section in enumerate(issue.sections, start=1):
            # Two blank lines before a heading: the eye finds it.
            chunks.append(["", *self.section(section, number if numbered else None)])
        return chunks

    def letter(self) -> list[list[str]]:
        """As the template `letter` has it: nothing numbered, and a signature under the words."""
        issue = self._scope.issue
        last = issue.sections[-1].blocks if issue.sections else issue.introduction
        end = self._postscript(last)
        chunks = [self.masthead(())]
        chunks.append(self.run(issue.introduction if issue.sections else last[:end]))
        above = (
            *issue.sections[:-1],
            *(replace(s, blocks=last[:end]) for s in issue.sections[-1:]),
        )
        chunks += (["", *self.section(section, None)] for section in above)
        newsletter = self._scope.newsletter
        signed = issue.authors or (newsletter.publisher or newsletter.name,)
        chunks.append([line for author in signed for line in self._wrap(author)])
        return [*chunks, self.run(last[end:])]

    def _postscript(self, blocks: tuple[Block, ...]) -> int:
        """The index of the block that begins with "P.S."; their number when none does."""
        words = Words(self._scope)
        said = (words.of(b.children) if isinstance(b, Paragraph) else "" for b in blocks)
        found = (n for n, s in enumerate(said) if is_postscript(blocks[n], s))
        return next(found, len(blocks))

    def run(self, blocks: tuple[Block, ...]) -> list[str]:
        """Blocks, and the links in them at their end."""
        lines = block_lines(blocks, self._words, self._said, COLUMNS)
        if links := self._words.take_links():
            lines.append("")
            for link in links:
                lines += prefixed(self._wrap(link, COLUMNS - 4), "", "    ")
        return lines

    def masthead(self, authors: tuple[str, ...]) -> list[str]:
        issue, name = self._scope.issue, self._scope.newsletter.name
        titles = [issue.title] if name in issue.title else [name, issue.title]
        dated = date_text(issue.date, issue.locale)
        number = f"{self._said['number']} {issue.number} · " if issue.number else ""
        lines = underlined(titles[0], "=", COLUMNS, self._words)
        for line in (*titles[1:], f"{number}{dated}", listed(authors, issue.locale)):
            lines += self._wrap(line)
        if issue.categories:
            lines += self._wrap(f"{self._said['categories']}: {'; '.join(issue.categories)}")
        return lines

    def contents(self) -> list[str]:
        lines = [self._said["contents"], ""]
        last = len(f"{len(self._scope.issue.sections)}. ")
        for number, section in enumerate(self._scope.issue.sections, start=1):
            heading = self._wrap(self._heading(section), COLUMNS - last)
            lines += prefixed(heading, f"{number}. ".rjust(last), " " * last)
        return lines

    def section(self, section: Section, number: int | None) -> list[str]:
        heading = self._words.of(section.heading)
        shown = f"{number}. {heading}" if number else heading
        lines = underlined(shown, "-", COLUMNS, self._words)
        if body := self.run(section.blocks):
            lines += ["", *body]
        return lines

    def footer(self) -> list[str]:
        newsletter, said = self._scope.newsletter, self._said
        year = self._scope.issue.date.year
        lines = ["-" * COLUMNS]
        lines += self._wrap(said["why"])
        lines.append("")
        lines += self._wrap(f"© {year} {newsletter.publisher or newsletter.name}")
        lines += self._wrap(newsletter.postal_address)
        lines.append("")
        for word, url in (
            (said["web_version"], web_url(self._scope.issue, newsletter) or self._members_url()),
            (said["preferences"], self._own_url("preferences_url")),
            (said["unsubscribe"], self._own_url("unsubscribe_url")),
        ):
            lines += self._wrap(f"{word}: {url}") if url else []
        return lines

    def _heading(self, section: Section) -> str:
        """The heading's words without the notes of its links, which stand at the section."""
        return Words(self._scope).of(section.heading)

    def _members_url(self) -> str:
        for_members = self._scope.issue.archive == "members"
        return self._own_url("members_url") if for_members else ""

    def _own_url(self, name: str) -> str:
        return self._scope.sentinels.put(Slot(name, Context.TEXT_URL))

    def _wrap(self, text: str, columns: int = COLUMNS) -> list[str]:
        return self._words.wrap(text, columns)
