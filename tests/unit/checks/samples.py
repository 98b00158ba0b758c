"""An issue, an edition and a site that the checks find nothing wrong with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from composer.checks.examined import Examined
from composer.errors import Place
from composer.model.address import Address
from composer.model.edition import Context, Edition, EditionKey, Parts, Slot
from composer.model.issue import Block, Fragment, Issue, Paragraph, Position, Section, Text
from composer.model.settings import Mailbox, NewsletterSettings, ProviderSettings, Settings

LEAVE = Slot("unsubscribe_url", Context.TEXT_URL)
LEAVE_HTML = Slot("unsubscribe_url", Context.URL)

NEWSLETTER = NewsletterSettings(
    name="Harbour Watch",
    sender=Mailbox("Harbour Watch", Address("desk", "news.example.org")),
    base_url="https://news.example.org",
    list_id="harbour-watch.news.example.org",
    postal_address="12 Quay Street, Port Example",
)
SETTINGS = Settings(NEWSLETTER, ProviderSettings(), "sqlite:///x.db", {}, {})
ISSUE = Issue(
    id="2026-014",
    path=Path("issues/2026-014/issue.md"),
    title="Harbour Watch No. 14",
    date=date(2026, 11, 20),
    number="14",
    authors=(),
    categories=(),
    subjects={"": ("A quiet strike",)},
    preheader=(),
    locale="en",
    introduction=(),
    sections=(),
    positions={},
)
EDITION = Edition(
    issue_id="2026-014",
    key=EditionKey("en"),
    subject=("A quiet strike",),
    html=('<p>Hello</p><a href="', LEAVE_HTML, '">leave</a>'),
    text=("Hello\n12 Quay Street,\nPort Example\n", LEAVE, "\n"),
)
PLACE = Place(Path("newsletter.toml"), 3)


def issue_with(*blocks: Block, subject: Fragment = ("A quiet strike",)) -> Issue:
    section = Section("one", (Text("One"),), blocks, (), Position(10))
    return replace(ISSUE, sections=(section,), subjects={"": subject})


def paragraph(*children: object) -> Paragraph:
    return Paragraph(children, Position(12))  # type: ignore[arg-type]


def examined(
    issue: Issue = ISSUE,
    edition: Edition = EDITION,
    *,
    newsletter: NewsletterSettings = NEWSLETTER,
    missing: Mapping[str, int] | None = None,
    live: bool = False,
) -> Examined:
    return Examined(
        issue=issue,
        editions=[edition],
        settings=replace(SETTINGS, newsletter=newsletter),
        site_file=Path("newsletter.toml"),
        missing=missing or {},
        live=live,
    )


def with_text(*parts: str | Slot) -> Edition:
    text: Parts = (*parts, *EDITION.text)
    return replace(EDITION, text=text)
