"""Issues made by hand: one that uses everything a format can hold, and small ones to vary."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from datetime import date
from pathlib import Path

from composer.model.address import Address
from composer.model.edition import Edition, EditionKey, Parts
from composer.model.issue import (
    Block,
    Button,
    Citation,
    Code,
    CodeBlock,
    Condition,
    Divider,
    Emphasis,
    Expression,
    Image,
    ImageFile,
    Inline,
    Issue,
    ItemList,
    LineBreak,
    Link,
    Note,
    Only,
    Paragraph,
    Position,
    Quote,
    Section,
    Source,
    Strong,
    Subheading,
    Table,
    Text,
)
from composer.model.settings import Mailbox, NewsletterSettings
from composer.rendering.compile import compile_edition
from composer.rendering.templates import Templates

AT = Position(1)
KEY = EditionKey("en")

NEWSLETTER = NewsletterSettings(
    name="Harbour Watch",
    sender=Mailbox("Harbour Watch", Address("desk", "news.example.org")),
    base_url="https://news.example.org",
    list_id="harbour-watch.news.example.org",
    postal_address="12 Quay Street, Port Example",
    publisher="The Harbour Desk",
)


def png(width: int = 4, height: int = 3, shade: int = 90) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        sealed = kind + content
        return struct.pack(">I", len(content)) + sealed + struct.pack(">I", zlib.crc32(sealed))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([shade]) * width) * height
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    )


def personal(field: str, default: str | None = None) -> Expression:
    return Expression(f"subscriber.{field}", default, AT)


def words(*inlines: str | Inline) -> tuple[Inline, ...]:
    return tuple(Text(i) if isinstance(i, str) else i for i in inlines)


def paragraph(*inlines: str | Inline) -> Paragraph:
    return Paragraph(words(*inlines), AT)


def link(target: str, *inlines: str | Inline, title: str = "") -> Link:
    return Link((target,), words(*inlines), title, AT)


def picture(path: str = "images/cranes.png", shade: int = 90) -> ImageFile:
    return ImageFile(Path(path), "image/png", 1120, 630, png(shade=shade))


def image(
    file: ImageFile | None = None, *, alt: str = "Two idle cranes", caption: str = ""
) -> Image:
    return Image("images/cranes.png", file or picture(), (alt,), caption, 560, None, AT)


def section(heading: str, *blocks: Block, id_: str = "") -> Section:
    return Section(id_ or heading.lower().replace(" ", "-"), words(heading), blocks, (), AT)


def issue(*blocks: Block, sections: tuple[Section, ...] = ()) -> Issue:
    """A small issue with `blocks` as its introduction."""
    return Issue(
        id="2026-001",
        path=Path("issues/2026-001/issue.md"),
        title="Harbour Watch No. 1",
        date=date(2026, 11, 20),
        number="1",
        authors=("Mira Okafor",),
        categories=(),
        subjects={"": ("A short letter",)},
        preheader=("What happened at the quay.",),
        locale="en",
        introduction=blocks or (paragraph("Nothing happened."),),
        sections=sections,
        positions={},
    )


def cell(*inlines: str | Inline) -> tuple[Inline, ...]:
    return words(*inlines)


def _table() -> Table:
    return Table(
        header=(cell("Port"), cell("Ships waiting"), cell("Change")),
        rows=(
            (cell("Varsund"), cell("14"), cell("+6")),
            (cell(link("https://sol.example/", "Port Sól")), cell("1,203"), cell("−12 %")),
            (cell(Strong(words("東港"))), cell("9"), cell("±0")),
        ),
        alignments=("left", "right", ""),
        at=AT,
    )


def _everything() -> tuple[Section, ...]:
    dockers = section(
        "Dockers Pause Work at Two Terminals",
        paragraph(
            "Crane crews stopped loading for ",
            Strong(words("nine hours")),
            " on Tuesday; the ",
            link("https://union.example/a?x=1&y=2", "union’s ", Emphasis(words("own")), " count"),
            " is higher. Write to ",
            link("mailto:desk@news.example.org", "desk@news.example.org"),
            ".",
        ),
        Citation((Source("The Quay Gazette", italic=True, published=date(2026, 11, 18)),), AT),
        Note((paragraph("The port authority counts six hours & one terminal."),), AT),
        image(caption="Varsund on Tuesday"),
        id_="dockers",
    )
    tariff = Section(
        "tariff",
        words("A Tariff, ", Emphasis(words("Loudly")), " Announced"),
        (
            Subheading(3, words("What it costs"), AT),
            _table(),
            Quote((paragraph("“We were not asked,” said the harbour master."),), AT),
            ItemList(
                (
                    (paragraph("Read the schedule", LineBreak(), "and the annex"),),
                    (
                        paragraph("Ask ", personal("organisation", "your desk")),
                        ItemList(((paragraph("in writing"),), (paragraph("twice"),)), None, AT),
                    ),
                ),
                1,
                AT,
            ),
            Citation(
                (
                    Source("C4isr.net", italic=False, published=date(2026, 11, 17)),
                    Source("Öresund & Tidning", italic=True, published=None),
                ),
                AT,
            ),
        ),
        (),
        AT,
    )
    ferry = section(
        "The Ferry Line Nobody Expected",
        paragraph(
            "The timetable says ",
            Code("if x < 3: sail()"),
            ", dear ",
            personal("first_name"),
            " of ",
            Expression("newsletter.name", None, AT),
            ".",
        ),
        CodeBlock("def sail():\n    return 'now'  # \\ at once\n", AT),
        Only(
            Condition(segment="board"),
            (
                Button(
                    words("Read the options paper"),
                    ("https://portal.example/14?who=", personal("member_id", "0")),
                    AT,
                ),
            ),
            AT,
        ),
        Only(Condition(not_segment="board"), (paragraph("Only the board sees the paper."),), AT),
        Divider(AT),
        paragraph("Sections refer to one another: ", link("#dockers", "see above"), "."),
    )
    return (dockers, tariff, ferry)


EVERYTHING = Issue(
    id="2026-014",
    path=Path("issues/2026-014/issue.md"),
    title="Harbour Watch No. 14",
    date=date(2026, 11, 20),
    number="14",
    authors=("Mira Okafor", "Jonas Lind"),
    categories=("Ports and Shipping", "Energy"),
    subjects={
        "a": ("Harbour Watch 14: a quiet strike",),
        "b": (personal("first_name", "Reader"), ", a loud tariff"),
    },
    preheader=("Three ports, one tariff, for ", personal("first_name", "you"), "."),
    locale="en",
    introduction=(paragraph("Dear ", personal("first_name", "reader"), ","),),
    sections=_everything(),
    positions={},
)

BOARD = EditionKey("en", "a", ("board",))
PUBLIC = EditionKey("en", "b")


def with_locale(made: Issue, locale: str) -> Issue:
    return replace(made, locale=locale)


#: Draws everything as simply as MJML can: tests/golden/email_templates.
PLAIN = replace(NEWSLETTER, template="plain")
PLAIN_TEMPLATES = Templates((Path(__file__).parents[2] / "golden" / "email_templates",))

VALUES = {
    "subscriber.first_name": "Ana & Søn",
    "subscriber.member_id": "a/b?c=1&d",
    "unsubscribe_url": "https://news.example.org/u/TOKEN",
    "preferences_url": "https://news.example.org/preferences/TOKEN",
}


def letter(folder: Path, body: str, *, head: str = "", name: str = "letter") -> Templates:
    """Templates with one letter `name`: `body` inside a column, `head` inside mj-head."""
    folder.mkdir(parents=True, exist_ok=True)
    column = f"<mj-section><mj-column>{body}</mj-column></mj-section>"
    whole = f"<mjml><mj-head>{head}</mj-head><mj-body>{column}</mj-body></mjml>"
    (folder / f"{name}.mjml.j2").write_text(whole, encoding="utf-8")
    return Templates((folder,))


#: Uses the template that `letter()` writes.
LETTER = replace(NEWSLETTER, template="letter")


def compiled(made: Issue, templates: Templates, key: EditionKey = KEY) -> Edition:
    """`made` with the template `letter`."""
    return compile_edition(made, LETTER, templates, key)


def literals(parts: Parts) -> str:
    """`parts` with each slot as `{name}`."""
    return "".join(p if isinstance(p, str) else f"{{{p.name}}}" for p in parts)
