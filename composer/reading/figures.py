"""Images and buttons: paragraphs that hold nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from composer.model.issue import Button, Fragment, Image, Position
from composer.reading.desk import Desk
from composer.reading.inlines import place_of, read_inlines
from composer.reading.pictures import read_picture
from composer.reading.spots import Spots
from composer.reading.targets import read_target

MAX_WIDTH = 2000
_WIDTH = re.compile(r"\{\s*width=\"?(\d{1,5})(?:px)?\"?\s*\}")
_BUTTON = re.compile(r"\{\s*\.button\s*\}")


def read_figures(desk: Desk, tokens: Sequence[Token], spots: Spots) -> list[Image | Button] | None:
    """One figure for each row of a paragraph; None when anything else stands in it."""
    rows = _rows(tokens)
    shapes = [_shape(desk, row) for row in rows]
    if not rows or not all(shapes):
        return None
    return [_figure(desk, row, shape, spots) for row, shape in zip(rows, shapes, strict=True)]


def _rows(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens of each row, without comments and the space between."""
    rows: list[list[Token]] = [[]]
    for token in tokens:
        level_ground = token.level == 0
        if level_ground and token.type in ("softbreak", "hardbreak"):
            rows.append([])
        elif not (level_ground and _is_nothing(token)):
            rows[-1].append(token)
    return [row for row in rows if row]


def _is_nothing(token: Token) -> bool:
    blank = token.type == "text" and not token.content.strip()
    return blank or (token.type == "html_inline" and token.content.startswith("<!--"))


def _shape(desk: Desk, row: list[Token]) -> str:
    kinds = [token.type for token in row if not (token.type == "attributes" and token is row[-1])]
    attributes = desk.marks.restore(row[-1].content) if row[-1].type == "attributes" else ""
    if kinds == ["image"]:
        return "image"
    link = bool(kinds) and (kinds[0], kinds[-1]) == ("link_open", "link_close")
    if link and kinds.count("link_open") == 1:
        if kinds[1:-1] == ["image"]:
            return "linked image"
        return "button" if _BUTTON.fullmatch(attributes) and "image" not in kinds else ""
    return ""


def _figure(desk: Desk, row: list[Token], shape: str, spots: Spots) -> Image | Button:
    at = place_of(row[0], spots)
    if shape == "button":
        target = read_target(desk, str(row[0].attrs.get("href", "")), at)
        children = read_inlines(desk, row[1:-2], spots)
        return Button(children, target, at)
    width = _width(desk, row[-1], spots) if row[-1].type == "attributes" else None
    if shape == "image":
        return _image(desk, row[0], width, None, at)
    target = read_target(desk, str(row[0].attrs.get("href", "")), at)
    return _image(desk, row[1], width, target, at)


def _image(
    desk: Desk, token: Token, width: int | None, target: Fragment | None, at: Position
) -> Image:
    source = desk.literal(str(token.attrs.get("src", "")), "an image's source")
    remote = re.match(r"https?://[^/]", source, re.IGNORECASE)
    file = None
    if not remote and _local(desk, source, at):
        file = read_picture(desk, source, at)
    caption = desk.literal(str(token.attrs.get("title", "")), "a caption")
    return Image(source, file, _alt(desk, token), caption, width, target, at)


def _local(desk: Desk, source: str, at: Position) -> bool:
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):|//", source)
    if not source:
        desk.findings.error("image/missing", at, "the image has no source", "![…](images/file.png)")
    elif scheme:
        hint = "save it as a file in the issue's folder: images/…"
        desk.findings.error("image/scheme", at, f"{source[:40]!r} is not an image for mail", hint)
    return bool(source) and not scheme


def _alt(desk: Desk, token: Token) -> Fragment:
    """The words between the brackets, without their markup."""
    words = []
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            words.append(" ")
        elif child.type in ("text", "text_special", "code_inline", "image"):
            words.append(child.content)
    return desk.fragment("".join(words).replace("\n", " "))


def _width(desk: Desk, token: Token, spots: Spots) -> int | None:
    found = _WIDTH.fullmatch(token.content)
    if found and 1 <= int(found[1]) <= MAX_WIDTH:
        return int(found[1])
    written = desk.marks.restore(token.content)[:60]
    hint = f"write {{width=560}}, in pixels, up to {MAX_WIDTH}"
    at = place_of(token, spots)
    desk.findings.error("attributes/unknown", at, f"{written} means nothing on an image", hint)
    return None
