"""What assistive technology meets: language, direction, headings, tables, links and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from composer.checks.css import style_of
from composer.checks.examined import Examined, Remark, Rule
from composer.checks.page import Page, shown, words_in
from composer.checks.tags import Element
from composer.model.finding import Severity
from composer.model.issue import Position

#: WCAG 2.2, 2.5.5: as big as a fingertip.
TARGET_PX = 44

_PRESENTATION = frozenset({"presentation", "none"})
_LEVELS = {f"h{level}": level for level in range(1, 7)}
_PIXELS = re.compile(r"(\d*\.?\d+)(px)?")


def _wrappers(page: Page) -> Sequence[Element]:
    """`html` and what wraps the letter: webmail throws `html` and `body` away."""
    body = next(page.every("body"), None)
    seen = [] if body is None else [child for child in body if isinstance(child.tag, str)]
    letter = [
        child for child in seen if "display:none" not in child.get("style", "").replace(" ", "")
    ]
    return [page.tree, *letter[:1]]


def lang(examined: Examined) -> Iterator[Remark]:
    """A screen reader without it reads in the wrong voice, and a translator offers its help."""
    for page in examined.pages:
        for element in _wrappers(page):
            said = element.get("lang", "")
            if said in {"", "und"}:
                path, at = examined.where("<mjml")
                hint = '<mjml lang="{{ issue.lang }}"> in the template'
                yield Remark(f"<{element.tag}> does not say its language", hint, at, path)


def direction(examined: Examined) -> Iterator[Remark]:
    """Arabic, Hebrew and Persian break their lines wrongly without it."""
    for page in examined.pages:
        for element in _wrappers(page):
            if element.get("dir", "") not in {"ltr", "rtl"}:
                path, at = examined.where("<mjml")
                hint = '<mjml dir="{{ issue.dir }}"> in the template'
                yield Remark(f"<{element.tag}> does not say its direction", hint, at, path)


def table_role(examined: Examined) -> Iterator[Remark]:
    """A screen reader counts the rows and columns of a table that only lays out."""
    for page in examined.pages:
        for table in page.every("table"):
            layout = table.get("role", "") in _PRESENTATION
            headed = any(_own_table(th) is table for th in table.iter("th"))
            if layout == headed:
                path, at = examined.where()
                if headed:
                    hint = "take role away: its headings say what the columns are"
                    yield Remark(f"a table of data says role={table.get('role')}", hint, at, path)
                else:
                    hint = 'role="presentation" on what lays out, <th> in what holds data'
                    yield Remark(
                        f"a table without role and without <th>: {shown(table)}", hint, at, path
                    )


def _own_table(cell: Element) -> Element:
    return next(cell.iterancestors("table"))


def image_alt(examined: Examined) -> Iterator[Remark]:
    """Without `alt` the file's name is read out; with images off there is nothing."""
    for page in examined.pages:
        for image in page.every("img"):
            if image.get("alt") is None:
                source = image.get("src", "")
                path, at = examined.where(source)
                hint = 'alt="what it shows", or alt="" for a decoration'
                yield Remark(f"the image {source[:60]!r} has no alt", hint, at, path)


def heading_order(examined: Examined) -> Iterator[Remark]:
    """Who listens goes from heading to heading: they are the letter's contents."""
    for page in examined.pages:
        headings = list(page.every(*_LEVELS))
        first = [h for h in headings if h.tag == "h1"]
        path, at = examined.where("<mj-body")
        if not first:
            yield Remark("the letter has no <h1>", "one <h1>, with its title", at, path)
        if len(first) > 1:
            hint = "one <h1> for the letter, <h2> for its sections"
            path, at = examined.where(f"<h1>{words_in(first[1])}", "<h1")
            yield Remark(f"the letter has {len(first)} <h1>: {shown(first[1])}", hint, at, path)
        yield from _levels(examined, headings)


def _levels(examined: Examined, headings: Sequence[Element]) -> Iterator[Remark]:
    before = 0
    for heading in headings:
        level = _LEVELS[heading.tag]
        path, at = _of_heading(examined, heading)
        if not words_in(heading) and not any(i.get("alt") for i in heading.iter("img")):
            yield Remark(f"an empty <{heading.tag}>", "take it away, or write it", at, path)
        elif before and level > before + 1:
            hint = f"make it a heading of level {before + 1}"
            message = f"the heading {shown(heading)} comes below <h{before}>: a level is left out"
            yield Remark(message, hint, at, path)
        before = level


def _of_heading(examined: Examined, heading: Element) -> tuple[Path | None, Position]:
    words = words_in(heading)
    return examined.where(*(f"{'#' * level} {words}" for level in (2, 3, 4, 5, 6)) if words else ())


def link_name(examined: Examined) -> Iterator[Remark]:
    """“Link, link, link” is what a screen reader says of them."""
    for page in examined.pages:
        for link in page.every("a"):
            if link.get("href") and not _name(link):
                href = link.get("href")
                path, at = examined.where(href)
                hint = "write words into it, or an alt text for its image"
                yield Remark(f"the link to {href[:60]} has no name", hint, at, path)


def _name(link: Element) -> str:
    alts = "".join(image.get("alt", "") for image in link.iter("img"))
    return words_in(link) or (link.get("aria-label", "") + link.get("title", "") + alts).strip()


def target_size(examined: Examined) -> Iterator[Remark]:
    """A thumb is 44 pixels wide."""
    for page in examined.pages:
        for link in page.every("a"):
            height = _button_height(link)
            if height is not None and height < TARGET_PX:
                path, at = examined.where(link.get("href", ""))
                message = f"the button “{words_in(link)[:40]}” is {height:g} px high"
                yield Remark(
                    message, f"padding and line height of {TARGET_PX} px together", at, path
                )


def _button_height(link: Element) -> float | None:
    """Of a link that looks like a button; None for any other, and where it cannot be told."""
    style = style_of(link.get("style", ""))
    above = style_of(link.getparent().get("style", ""))
    painted = {"background", "background-color"} & {*style, *above} or link.getparent().get(
        "bgcolor"
    )
    if style.get("display") not in {"inline-block", "block"} or not painted:
        return None
    line, padding = _line_height(style), _vertical(style)
    if line is None or padding is None or not words_in(link):
        return None
    return line + padding


def _line_height(style: dict[str, str]) -> float | None:
    size = _pixels(style.get("font-size", ""))
    value = style.get("line-height", "")
    if value.endswith("%") and size is not None:
        return size * float(value[:-1]) / 100
    number = _pixels(value)
    if number is not None and not value.endswith("px"):
        return None if size is None else number * size
    return number


def _vertical(style: dict[str, str]) -> float | None:
    """Above and below together."""
    parts = [_pixels(part) for part in style.get("padding", "0").split()]
    if not parts or None in parts:
        return None
    top, bottom = parts[0] or 0, parts[2 if len(parts) > 2 else 0] or 0
    top = _pixels(style.get("padding-top", "")) or top
    return top + (_pixels(style.get("padding-bottom", "")) or bottom)


def _pixels(value: str) -> float | None:
    found = _PIXELS.fullmatch(value)
    return float(found[1]) if found else None


_E, _W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule("a11y/lang", _E, "a letter that does not say its language", lang),
    Rule("a11y/dir", _E, "a letter that does not say its direction", direction),
    Rule("a11y/table-role", _W, "tables that do not say what they are for", table_role),
    Rule("a11y/img-alt", _E, "an image without alt", image_alt),
    Rule(
        "a11y/heading-order", _W, "headings that are missing, empty or out of order", heading_order
    ),
    Rule("a11y/link-name", _E, "a link without a name", link_name),
    Rule("a11y/target-size", _W, "a button too small for a thumb", target_size),
)
