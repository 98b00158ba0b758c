"""A plain-text issue: masthead, date and authors, HEADINGS IN CAPITALS, notes in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from composer.reading.importing import escape
from composer.reading.importing.capitals import Spellings, is_capitals, readable
from composer.reading.importing.dates import leading_date, names
from composer.reading.importing.imported import Draft

MASTHEAD_LINES = 15
LONG_LINE_CHARS = 240
HEADING_CHARS = 180

NOTE = re.compile(r"\[\s*(EDITOR(?:['’]?S|S['’]|S)?['’]?\s+NOTE)\s*[:.—–-]\s*", re.IGNORECASE)
COPYRIGHT = re.compile(r"(?:©|\(c\)|copyright\b)(?=.*\d{4})", re.IGNORECASE)
NUMBERED_TITLE = re.compile(
    r"(?P<name>\S.*?)[\s,:–—|-]+(?:No\.?|Nr\.?|Number|Issue|Vol\.?|#)\s*#?(?P<number>\d[\w./-]*)",
    re.IGNORECASE,
)
_CATEGORIES = re.compile(r"((?:Related\s+)?(?:Categories|Topics|Tags)\s*:)\s*(.*)", re.IGNORECASE)
_PERSON = re.compile(r"[^\W\d_a-z][\w.'’-]*(?:\s+[\w.'’-]+){1,4}")
_BULLET = re.compile(r"[•‣▪◦●·]\s+")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines without a blank one between them, or a note; `line` is the first one's number."""

    line: int
    text: str
    label: str = ""  #: what a note was called: `EDITORS' NOTE`

    @property
    def is_note(self) -> bool:
        return bool(self.label)


def read_plain(text: str, *, today: date) -> Draft:
    """Turn clean plain text into a draft; see `escape.clean`."""
    draft = Draft(today)
    body = list(_without_footer(draft, _after_masthead(draft, list(_blocks(text)))))
    spellings = Spellings("\n".join(block.text for block in body))
    if not draft.title:
        _title_from_body(draft, body)
    elif is_capitals(draft.title):
        draft.title = readable(draft.title, spellings)
    for block in body:
        if block.is_note:
            draft.blocks.append(note(paragraphs(block.text)))
            draft.leave(block.line, f"[{block.label}:", "it is a :::note now")
        else:
            draft.blocks += _paragraph(block.text, spellings)
    return draft


def note(blocks: Sequence[str]) -> str:
    """An editors' note around Markdown blocks."""
    return "\n".join((":::note", "\n\n".join(blocks), ":::"))


def paragraphs(text: str) -> list[str]:
    """The paragraphs of some text, as Markdown."""
    return [made for part in re.split(r"\n\s*\n", text) if (made := escape.lines(part))]


# --- blocks ------------------------------------------------------------------------------


def _blocks(text: str) -> Iterator[Block]:
    at = 0
    while start := NOTE.search(text, at):
        end = _closing(text, start.start())
        if end is None:
            # The bracket is never closed: the words stay where they are, as text.
            yield from _split(text, at, start.end())
            at = start.end()
            continue
        yield from _split(text, at, start.start())
        yield Block(_line(text, start.start()), text[start.end() : end].strip(), start[1])
        at = end + 1
    yield from _split(text, at, len(text))


def _closing(text: str, at: int) -> int | None:
    """Where the bracket that opens at `at` is closed, within 4,000 characters."""
    depth = 0
    for offset in range(at, min(len(text), at + 4000)):
        depth += {"[": 1, "]": -1}.get(text[offset], 0)
        if depth == 0:
            return offset
    return None


def _split(text: str, start: int, end: int) -> Iterator[Block]:
    for match in re.finditer(r"\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*", text[start:end]):
        yield Block(_line(text, start + match.start()), match[0])


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


# --- masthead and footer -----------------------------------------------------------------


def _after_masthead(draft: Draft, blocks: list[Block]) -> list[Block]:
    """Read the masthead into `draft`; return the blocks after it."""
    head: list[Block] = []
    for block in blocks:
        rows = [Block(block.line + n, row) for n, row in enumerate(block.text.split("\n"))]
        if block.is_note or len(head) > MASTHEAD_LINES or any(_is_long(row) for row in rows):
            break
        head += rows
    known = [n for n, row in enumerate(head) if _is_masthead(row.text)]
    if not known:
        return blocks
    last = head[known[-1]].line
    if known[-1] + 1 < len(head) and _date_alone(head[known[-1]].text):
        following = head[known[-1] + 1]
        last = following.line if _are_names(following.text) else last
    _read_masthead(draft, [row for row in head if row.line <= last])
    return [rest for block in blocks if (rest := _after_line(block, last))]


def _is_long(row: Block) -> bool:
    return len(row.text) > LONG_LINE_CHARS and not _CATEGORIES.match(row.text.strip())


def _after_line(block: Block, last: int) -> Block | None:
    """What of `block` stands below line `last`."""
    rows = block.text.split("\n")[max(0, last - block.line + 1) :]
    line = max(block.line, last + 1)
    return Block(line, "\n".join(rows), block.label) if rows else None


def _is_masthead(text: str) -> bool:
    text = text.strip()
    return bool(leading_date(text) or NUMBERED_TITLE.fullmatch(text) or _CATEGORIES.fullmatch(text))


def _date_alone(text: str) -> bool:
    found = leading_date(text.strip())
    return found is not None and found[1] == len(text.strip())


def _are_names(text: str) -> bool:
    text = text.strip()
    parts, _ = names(text)
    return not is_capitals(text) and bool(parts) and all(map(_PERSON.fullmatch, parts))


def _read_masthead(draft: Draft, rows: list[Block]) -> None:
    others: list[Block] = []
    for row in rows:
        text = row.text.strip()
        if draft.date is None and (found := leading_date(text)):
            draft.date, end = found
            draft.leave(row.line, text[:end], "it is the key 'date' now")
            _read_authors(draft, row.line, text[end:])
        elif categories := _CATEGORIES.fullmatch(text):
            draft.leave(row.line, categories[1], "it is the key 'categories' now")
            parts = re.split(r"\s*;\s*" if ";" in categories[2] else r"\s*,\s*", categories[2])
            draft.categories += filter(None, (part.strip() for part in parts))
        elif not draft.title and (title := NUMBERED_TITLE.fullmatch(text)):
            draft.title, draft.number = text, title["number"]
        elif draft.date and not draft.authors and (_are_names(text) or text[:3].lower() == "by "):
            _read_authors(draft, row.line, text)
        else:
            others.append(row)
    if not draft.title and others:
        draft.title = " ".join(others.pop().text.split())
    for row in others:
        draft.leave(row.line, row.text, "the template makes the masthead from newsletter.toml")


def _read_authors(draft: Draft, line: int, text: str) -> None:
    people, between = names(text)
    draft.authors += people
    if between:
        draft.leave(line, " ".join(between), "the authors are a list now")


def _without_footer(draft: Draft, blocks: list[Block]) -> Iterator[Block]:
    """The blocks but for a copyright line among the last three."""
    for place, block in enumerate(blocks):
        if place < len(blocks) - 3 or block.is_note or len(block.text) > LONG_LINE_CHARS:
            yield block
        elif is_own_copyright(draft, block.text.strip()):
            draft.leave(block.line, block.text, "the footer has a copyright line of its own")
        else:
            yield block


def is_own_copyright(draft: Draft, text: str) -> bool:
    """Whether `text` is the copyright line that the template's footer makes again.

    One of another year than the issue's says something else: it stays, and `newsletter check`
    tells of it (`style/copyright-year`).
    """
    of_the_year = draft.date is None or str(draft.date.year) in text
    return bool(COPYRIGHT.match(text)) and of_the_year


def _title_from_body(draft: Draft, body: list[Block]) -> None:
    """A text without a masthead is named for its first line; the line stays where it is."""
    first = next((" ".join(block.text.split("\n")[0].split()) for block in body), "")
    if is_capitals(first):
        first = readable(first, Spellings("\n".join(block.text for block in body)))
    draft.title = first if len(first) <= 100 else f"{first[:97].rsplit(' ', 1)[0]}…"


# --- body --------------------------------------------------------------------------------


def _paragraph(text: str, spellings: Spellings) -> Iterator[str]:
    """A heading, if the block starts with lines in capitals, and what follows."""
    rows = text.split("\n")
    count = next((n for n, row in enumerate(rows) if not is_capitals(row)), len(rows))
    head = " ".join(row.strip() for row in rows[:count])
    if head and len(head) <= HEADING_CHARS and head[0] not in "[(":
        yield f"## {escape.heading(readable(head, spellings))}"
        rows = rows[count:]
    if rows and _BULLET.match(rows[0].strip()):
        yield _bullets(rows)
    elif rows and (made := escape.lines("\n".join(rows))):
        yield made


def _bullets(rows: list[str]) -> str:
    made = []
    for row in rows:
        bullet = _BULLET.match(row.strip())
        rest = row.strip()[bullet.end() if bullet else 0 :]
        made.append(("- " if bullet else "  ") + escape.line_start(escape.prose(rest)))
    return "\n".join(made)
