"""Issues that try the letter's looks."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from composer.model.issue import (
    Block,
    Button,
    Citation,
    Code,
    CodeBlock,
    Divider,
    Emphasis,
    Image,
    ImageFile,
    Inline,
    Issue,
    ItemList,
    Link,
    Note,
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

AT = Position(1)

DENSE = (
    "Crane crews at the two southern terminals stopped loading on Tuesday, for nine hours by "
    "the union’s count and six by the port’s, after a dispute over night shifts that had "
    "simmered since the spring. No ship was turned away, and by the evening most of the backlog "
    "had cleared; what remains is an argument about who may call it a strike. The ministry, "
    "asked for its view, said that it had several."
)
UNBROKEN = "Wasserstraßenverkehrsordnungsänderungsbeschlussvorlage" * 3
LONG_URL = "https://example.org/" + "a-path-without-a-place-to-break" * 6


def text(words: str) -> tuple[Inline, ...]:
    return (Text(words),)


def p(words: str = DENSE) -> Paragraph:
    return Paragraph(text(words), AT)


def link(words: str, target: str) -> Link:
    return Link((target,), text(words), "", AT)


def cited(*names: str, italic: bool = True) -> Citation:
    return Citation(tuple(Source(name, italic, date(2026, 11, 18)) for name in names), AT)


def bullets(*items: str | tuple[Block, ...], start: int | None = None) -> ItemList:
    runs = tuple((p(item),) if isinstance(item, str) else item for item in items)
    return ItemList(runs, start, AT)


def table(header: list[str], *rows: list[str], aligned: tuple[str, ...] = ()) -> Table:
    alignments = aligned or ("",) * len(header)
    return Table(
        tuple(map(text, header)), tuple(tuple(map(text, row)) for row in rows), alignments, AT
    )


@cache
def png(width: int = 1120, height: int = 560) -> bytes:
    """A sky over water."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    sky, water = b"\xc9\xd4\xd6" * width, b"\x4d\x6a\x72" * width
    lines = b"".join(b"\0" + (sky if y < height * 2 // 3 else water) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(lines)),
            chunk(b"IEND", b""),
        )
    )


def image(alt: str = "Two idle cranes over an empty berth", width: int | None = None) -> Image:
    file = ImageFile(Path("images/cranes.png"), "image/png", 1120, 560, png())
    return Image("images/cranes.png", file, (alt,), "Varsund on Tuesday.", width, None, AT)


def section(number: int, heading: str, *blocks: Block) -> Section:
    return Section(f"section-{number}", text(heading), blocks, (), AT)


def issue(*sections: Section, locale: str = "en", introduction: tuple[Block, ...] = ()) -> Issue:
    return Issue(
        id="2026-014",
        path=Path("issues/2026-014/issue.md"),
        title="Harbour Watch No. 14",
        date=date(2026, 11, 20),
        number="14",
        authors=("Mira Okafor", "Jonas Lind"),
        categories=("Ports and Shipping", "Energy", "Trade and Tariffs", "Labour"),
        subjects={"": ("Harbour Watch 14: a quiet strike and a loud tariff",)},
        preheader=("Three ports, one tariff, and a ferry line nobody expected.",),
        locale=locale,
        introduction=introduction,
        sections=sections,
        positions={},
    )


@cache
def briefing() -> Issue:
    """Everything that the format can hold."""
    rich: tuple[Inline, ...] = (
        *text("The filing is "),
        link("on the ministry’s site", "https://ministry.example.org/filing/2026"),
        *text(", under "),
        Code("HS 8426.19"),
        *text("; it is "),
        Emphasis(text("not")),
        *text(" yet "),
        Strong(text("in force")),
        *text("."),
    )
    return issue(
        section(
            1,
            "Dockers Pause Work at Two Terminals",
            p(),
            p(),
            cited("The Quay Gazette"),
            Note(
                (p("The port counts six hours and one terminal."), p("We asked for its log.")), AT
            ),
            image(),
        ),
        section(
            2,
            "A Loud Tariff on Quiet Goods",
            Paragraph(rich, AT),
            Subheading(3, text("What changes in January"), AT),
            bullets(
                "Coastal freight pays once, not twice.",
                (
                    p("Ferries are exempt until the summer, with two exceptions:"),
                    bullets("night crossings;", "anything longer than 180 metres."),
                ),
                "Nobody knows about tugs.",
            ),
            bullets("First, the filing.", "Then, the hearing.", start=3),
            table(
                ["Port", "Calls", "Change"],
                ["Varsund", "1,204", "−3.1%"],
                ["Port Example", "988", "+12.0%"],
                ["Lower Marrow", "87", "+0.4%"],
                aligned=("", "right", "right"),
            ),
            cited("Coastal Trade Weekly", "The Quay Gazette"),
            Button(text("Read the full brief"), ("https://harbour.example.org/14",), AT),
        ),
        section(
            3,
            "NORTHERN PORTS AND THE ENERGY MINISTRY: A BURGEONING ARRANGEMENT NOBODY SIGNED",
            p(),
            Quote(
                (p("We did not strike. We paused, which is another verb and another clause."),), AT
            ),
            p(),
            Divider(AT),
            p(),
            CodeBlock('berth = "7"\nif berth.crane.idle:\n    report(berth, since="06:00")\n', AT),
        ),
        section(
            4,
            "The Ferry Line Nobody Expected",
            p(),
            Subheading(3, text("Timetable"), AT),
            Subheading(4, text("Winter"), AT),
            p(),
            cited("Lower Marrow Post", italic=False),
        ),
        introduction=(
            p("Dear Mira,"),
            p(
                "Three ports, one tariff, and a ferry line nobody expected. The longest piece is "
                "about cranes; the shortest is the one that we would read first."
            ),
        ),
    )


@cache
def arabic() -> Issue:
    """A letter that is read from right to left."""
    words = "توقف عمال الرافعات في الميناء عن العمل تسع ساعات يوم الثلاثاء بعد خلاف حول نوبات الليل"
    sentence = f"{words}. {words}، {words}."
    letter = issue(
        section(1, "عمال الميناء يتوقفون عن العمل", p(sentence), Note((p(sentence),), AT)),
        section(
            2,
            "تعريفة جديدة",
            p(sentence),
            bullets("أولا", "ثانيا"),
            Quote((p(words),), AT),
            table(["الميناء", "السفن"], ["فارسوند", "1,204"], aligned=("", "right")),
        ),
        section(
            3,
            "خط العبارات",
            p(sentence),
            Button(text("اقرأ المزيد"), ("https://a.example.org/",), AT),
        ),
        locale="ar",
    )
    return replace(letter, title="مرقب الميناء 14", categories=("الموانئ", "الطاقة"))


@cache
def unbroken() -> Issue:
    """Words, addresses, tables and code that are wider than any phone."""
    return issue(
        section(1, UNBROKEN, p(UNBROKEN), bullets(UNBROKEN, (p(UNBROKEN), bullets(UNBROKEN)))),
        section(
            2,
            "Addresses",
            Paragraph((link(LONG_URL, LONG_URL),), AT),
            Note((p(LONG_URL),), AT),
            Quote((p(UNBROKEN),), AT),
            Button(
                text("A label that goes on for longer than a narrow phone is wide"), (LONG_URL,), AT
            ),
            cited(UNBROKEN),
        ),
        section(
            3,
            "Figures",
            table([f"Column {n}" for n in range(9)], *([f"{n}00,000,000" for n in range(9)],) * 3),
            table(["What", "Where"], [UNBROKEN, LONG_URL]),
            CodeBlock(f"print('{UNBROKEN}')\n", AT),
            Paragraph((Code(UNBROKEN),), AT),
            image(alt=UNBROKEN),
            image(width=180),
        ),
    )


@cache
def short() -> Issue:
    """One section and nothing that an issue may leave out."""
    letter = issue(section(1, "The Ferry Line Nobody Expected", p()))
    return replace(letter, number="", authors=(), categories=(), preheader=())


@cache
def endless() -> Issue:
    """Thirty sections, each of which says more than a title."""
    sections = (
        section(n, f"Report {n} of Thirty", p(), cited("The Gazette")) for n in range(1, 31)
    )
    return replace(issue(*sections), title="Thirty Reports from the Coast")


@cache
def stories(locale: str = "en") -> Issue:
    """Sections that begin with a picture, and what may follow one."""
    read = Paragraph((link("Read it", "https://example.org/story"),), AT)
    linked = replace(image(), target=("https://example.org/story",), caption="")
    made = issue(
        section(1, "With All That Is Short", linked, p(), bullets("One", "Two"), read, cited("Q")),
        section(2, "With a Table Below", image(), p(), table(["Port", "Calls"], ["Varsund", "9"])),
        section(
            3, "With a Logo", image(width=96), p(), Button(text("Go"), ("https://a.example/",), AT)
        ),
        section(4, "Without One", p(), image(), p()),
        section(5, "A Picture and " + "a Heading " * 8, image(alt=UNBROKEN), p(UNBROKEN)),
        section(6, "Only a Picture", image()),
        introduction=(p("Dear reader,"), image()),
    )
    return replace(made, locale=locale)


#: Every letter that a rule about all letters is tried on.
ALL = (briefing, arabic, unbroken, short, endless, stories)
