"""An issue as a template sees it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape
from urllib.parse import quote

from markupsafe import Markup

from composer.model.edition import Context, EditionKey, Slot
from composer.model.issue import (
    Block,
    Button,
    Citation,
    CodeBlock,
    Divider,
    Image,
    Inline,
    Issue,
    ItemList,
    Note,
    Only,
    Paragraph,
    Quote,
    Section,
    Source,
    Subheading,
    Table,
)
from composer.model.settings import NewsletterSettings
from composer.rendering.choose import preheader as chosen_preheader
from composer.rendering.choose import subject as chosen_subject
from composer.rendering.inlines import html_of
from composer.rendering.pictures import Pictures
from composer.rendering.scope import Scope
from composer.rendering.strings import FIGURE, date_text, direction_of, listed, reason_of, words_of
from composer.rendering.view import (
    BlockView,
    ButtonView,
    Cell,
    CitationView,
    CodeView,
    DividerView,
    ImageView,
    IssueView,
    ListView,
    NewsletterView,
    NoteView,
    ParagraphView,
    QuoteView,
    SectionView,
    SourceView,
    SubheadingView,
    TableView,
    View,
)


def view_of(scope: Scope, key: EditionKey, pictures: Pictures) -> View:
    """Everything that a template may use, for the readers of `key`."""
    viewer = _Viewer(scope, pictures)
    issue = scope.issue
    return View(
        newsletter=newsletter_view(scope.newsletter, issue.locale),
        issue=_issue_view(scope, key),
        introduction=viewer.blocks(issue.introduction),
        sections=tuple(viewer.section(n, s) for n, s in enumerate(issue.sections, start=1)),
        unsubscribe_url=_own_url(scope, "unsubscribe_url"),
        preferences_url=_own_url(scope, "preferences_url"),
        t=words_of(issue.locale, scope.newsletter),
    )


def view_for(view: View, scope: Scope, key: EditionKey) -> View:
    """What `view_of` would give for another variant of `view`, whose blocks it shares."""
    return replace(view, issue=_issue_view(scope, key))


def newsletter_view(newsletter: NewsletterSettings, locale: str) -> NewsletterView:
    return NewsletterView(
        name=newsletter.name,
        publisher=newsletter.publisher or newsletter.name,
        postal_address=newsletter.postal_address,
        reason=reason_of(newsletter, locale),
        base_url=newsletter.base_url,
        palette=newsletter.palette,
    )


def web_url(issue: Issue, newsletter: NewsletterSettings) -> str:
    """Where the issue stands on the web; empty for one that is not for everybody."""
    if issue.archive != "public":
        return ""
    return f"{newsletter.base_url}/archive/{quote(os.fsencode(issue.id))}"


def _issue_view(scope: Scope, key: EditionKey) -> IssueView:
    issue = scope.issue
    return IssueView(
        id=issue.id,
        title=issue.title,
        number=issue.number,
        date_text=date_text(issue.date, issue.locale),
        date_iso=issue.date.isoformat(),
        year=issue.date.year,
        authors=issue.authors,
        authors_text=listed(issue.authors, issue.locale),
        categories=issue.categories,
        lang=issue.locale,
        dir=direction_of(issue.locale),
        subject=_made(scope.fragment(chosen_subject(issue, key), Context.HTML)),
        preheader=_made(scope.fragment(chosen_preheader(issue, key), Context.HTML)),
        web_url=web_url(issue, scope.newsletter) or _members_url(scope),
    )


def _members_url(scope: Scope) -> str:
    """Its page for the reader of a letter, where nobody else may read it."""
    return _own_url(scope, "members_url") if scope.issue.archive == "members" else ""


def _own_url(scope: Scope, name: str) -> Markup:
    return _made(scope.sentinels.put(Slot(name, Context.URL)))


def _made(html: str) -> Markup:
    return Markup(html)  # noqa: S704 - every caller passes what an encoder or escape() made


class _Viewer:
    def __init__(self, scope: Scope, pictures: Pictures) -> None:
        self._scope = scope
        self._pictures = pictures

    def section(self, number: int, section: Section) -> SectionView:
        return SectionView(
            id=section.id,
            number=number,
            heading=self._html(section.heading),
            heading_text=self._scope.plain(section.heading),
            blocks=self.blocks(section.blocks),
            line=section.at.line,
        )

    def blocks(self, blocks: Iterable[Block]) -> tuple[BlockView, ...]:
        return tuple(self._block(block) for block in blocks)

    def _html(self, inlines: Sequence[Inline]) -> Markup:
        return html_of(inlines, self._scope)

    def _block(self, block: Block) -> BlockView:
        line = block.at.line
        match block:
            case Paragraph():
                return ParagraphView(self._html(block.children), line)
            case Subheading():
                return SubheadingView(block.level, self._html(block.children), line)
            case CodeBlock():
                return CodeView(block.text, line)
            case Citation():
                return self._citation(block)
            case Divider():
                return DividerView(line)
            case _:
                return self._composite(block)

    def _composite(
        self, block: Button | ItemList | Quote | Note | Table | Image | Only
    ) -> BlockView:
        match block:
            case Button():
                href = self._scope.url(block.target, Context.URL_PART, block.at)
                return ButtonView(self._html(block.children), _made(href), block.at.line)
            case ItemList():
                items = tuple(self.blocks(item) for item in block.items)
                start = 1 if block.start is None else block.start
                return ListView(block.start is not None, start, items, block.at.line)
            case Quote() | Note():
                made = QuoteView if isinstance(block, Quote) else NoteView
                return made(self.blocks(block.blocks), block.at.line)
            case Table():
                return self._table(block)
            case Image():
                return self._image(block)
            case Only():
                raise AssertionError("choose() comes first and leaves no Only")

    def _table(self, table: Table) -> TableView:
        aligns = table.alignments
        header = tuple(map(self._cell, table.header, aligns))
        rows = tuple(tuple(map(self._cell, row, aligns)) for row in table.rows)
        return TableView(header, rows, table.at.line)

    def _cell(self, inlines: tuple[Inline, ...], align: str) -> Cell:
        numeric = FIGURE.fullmatch(self._scope.plain(inlines).strip()) is not None
        return Cell(self._html(inlines), align, numeric)

    def _image(self, image: Image) -> ImageView:
        width, height = _size(image)
        target = image.target
        return ImageView(
            src=_made(escape(self._pictures.source(image))),
            alt=_made(self._scope.fragment(image.alt, Context.ATTRIBUTE)),
            caption=image.caption,
            width=width,
            height=height,
            href=_made(self._scope.url(target, Context.URL_PART, image.at)) if target else None,
            line=image.at.line,
        )

    def _citation(self, citation: Citation) -> CitationView:
        locale = self._scope.issue.locale
        sources = tuple(
            SourceView(s.name, s.italic, date_text(s.published, locale) if s.published else "")
            for s in citation.sources
        )
        pairs = zip(citation.sources, sources, strict=True)
        html = "; ".join(_source_html(source, view) for source, view in pairs)
        return CitationView(sources, _made(f"({html})"), citation.at.line)


def _source_html(source: Source, view: SourceView) -> str:
    name = escape(source.name, quote=False)
    name = f"<em>{name}</em>" if source.italic else name
    return f"{name}, {view.date_text}" if view.date_text else name


def _size(image: Image) -> tuple[int | None, int | None]:
    """The size to show at, in CSS pixels: the author's width, else the picture's own."""
    if image.file is None:
        return image.width, None
    own_width, own_height = image.file.width, image.file.height
    if image.width is None or not own_width:
        return own_width, own_height
    return image.width, round(own_height * image.width / own_width)
