"""An issue, an edition and a site that the checks find nothing wrong with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from composer.checks.examined import Examined
from composer.checks.lacking import Lacking
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
    preheader=("Nine hours without cranes, and what they cost.",),
    locale="en",
    introduction=(Paragraph((Text("Hello"),), Position(11)),),
    sections=(),
    positions={},
)
#: What every faultless letter begins and ends with.
HEAD = (
    '<!DOCTYPE html><html lang="en" dir="ltr"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light">'
    '<meta name="supported-color-schemes" content="light">'
    "<title>Harbour Watch No. 14</title>"
)
BODY = '</head><body><div lang="en" dir="ltr"><h1>Harbour Watch No. 14</h1>'
FOOT: Parts = (
    '<p>12 Quay Street, Port Example</p><p><a href="',
    LEAVE_HTML,
    '">Unsubscribe</a></p></div></body></html>',
)


def html_with(body: str = "<p>Hello</p>", *, head: str = "") -> Parts:
    """A faultless document but for what is put into its head and its body."""
    return (f"{HEAD}{head}{BODY}{body}{FOOT[0]}", *FOOT[1:])


EDITION = Edition(
    issue_id="2026-014",
    key=EditionKey("en"),
    subject=("A quiet strike",),
    html=html_with(),
    text=("Harbour Watch No. 14\nHello\n12 Quay Street,\nPort Example\nUnsubscribe: ", LEAVE, "\n"),
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
    missing: Mapping[str, Lacking] | None = None,
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


def page_with(body: str = "<p>Hello</p>", *, head: str = "", said: str = "Hello") -> Examined:
    """A letter with that in it; its text variant says `said`."""
    text: Parts = (EDITION.text[0].replace("Hello", said), *EDITION.text[1:])  # type: ignore[union-attr]
    return examined(edition=replace(EDITION, html=html_with(body, head=head), text=text))
