"""What Outlook on Windows makes of it: it lays out with Word, and knows tables and VML only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from composer.checks.css import style_of
from composer.checks.examined import Examined, Remark, Rule
from composer.checks.page import Page, shown
from composer.checks.tags import Element, misnested, tags_of
from composer.model.finding import Severity

#: So round that a square is another shape: pills and portraits, not softened corners.
ROUND_PX = 16

_MATTERS = frozenset({"table", "tbody", "tr", "td", "th", "div"})
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(px|%)")
_GHOST = re.compile(r"\[if [^\]]*mso[^\]]*\]>.*\bwidth[=:]\s*\"?\d+", re.DOTALL)
_URL = re.compile(r"url\(\s*[\"']?([^\"')]+)")
_BARE_ZERO = re.compile(r"<(mj-(?:section|column|wrapper|group))\b[^>]*?\bpadding=\"([^\"]*)\"")


def conditional(examined: Examined) -> Iterator[Remark]:
    """The tables that Outlook alone gets must fit between the others."""
    for page in examined.pages:
        if "<!--[if" not in page.html:
            continue
        tags = [t for t in tags_of(page.outlook) if t.name in _MATTERS or t.name.startswith("v:")]
        told = {problem for problem, tag in misnested(tags) if "stands in" not in problem}
        for problem in sorted(told):
            path, at = examined.where("<!--[if")
            hint = "open and close the same elements in its conditional comments"
            yield Remark(f"in Outlook {problem}", hint, at, path)


def background_image(examined: Examined) -> Iterator[Remark]:
    """Outlook shows none, unless VML draws it."""
    for page in examined.pages:
        drawn = page.outlook.count("<v:fill") + page.outlook.count("<v:image")
        found = [element for element in page.elements if _background(element)]
        if len(found) > drawn:
            # MJML writes one picture into two elements.
            url = _background(found[0])
            if drawn and all(_background(e) == url for e in found):
                continue
            path, at = examined.where(url)
            message = f"Outlook does not show the background {url[:60]!r} of {shown(found[0])}"
            hint = "<mj-section background-url=…> draws it there too; give a colour as well"
            yield Remark(message, hint, at, path)


def _background(element: Element) -> str:
    style = element.get("style", "")
    found = None
    if "background" in style.lower():
        rules = style_of(style)
        said = " ".join((rules.get("background", ""), rules.get("background-image", "")))
        found = _URL.search(said)
    return found[1] if found else element.get("background", "")


def border_radius(examined: Examined) -> Iterator[Remark]:
    """Outlook makes a square of what is round; softened corners may be lost, a shape may not."""
    for page in examined.pages:
        if "<v:roundrect" in page.outlook or "<v:oval" in page.outlook:
            continue
        for element in page.elements:
            style = element.get("style", "")
            radius = style_of(style).get("border-radius", "") if "radius" in style.lower() else ""
            if radius and _is_round(radius):
                path, at = examined.where(f"border-radius: {radius}", f'border-radius="{radius}"')
                message = f"{shown(element)} is square in Outlook (border-radius: {radius})"
                hint = "let it look right with corners, or draw it with <v:roundrect>"
                yield Remark(message, hint, at, path)


def _is_round(radius: str) -> bool:
    sizes = [_LENGTH.fullmatch(part) for part in radius.split()]
    return any(s and float(s[1]) >= (25 if s[2] == "%" else ROUND_PX) for s in sizes)


def max_width(examined: Examined) -> Iterator[Remark]:
    """Outlook does not know `max-width`: without a table of a fixed width it fills the window."""
    for page in examined.pages:
        for element in page.every("div", "table", "img"):
            limit = _limit(element)
            if limit and not _has_width(page, element):
                path, at = examined.where(f"max-width: {limit}", f"max-width:{limit}")
                message = f"{shown(element)} has max-width {limit}, which Outlook does not know"
                hint = 'width="…" on it, or a table of that width in <!--[if mso]>'
                yield Remark(message, hint, at, path)


def _limit(element: Element) -> str:
    limit = style_of(element.get("style", "")).get("max-width", "")
    return limit if limit.endswith("px") and limit != "0px" else ""


def _has_width(page: Page, element: Element) -> bool:
    width = style_of(element.get("style", "")).get("width", "") or element.get("width", "")
    if _LENGTH.fullmatch(width.removesuffix("px") + "px") or page.light[element].hidden:
        return True
    return any(_after_ghost(each) for each in (element, *element.iterancestors()))


def _after_ghost(element: Element) -> bool:
    before = element.getprevious()
    return (
        before is not None
        and not isinstance(before.tag, str)
        and bool(_GHOST.search(before.text or ""))
    )


def bare_zero(examined: Examined) -> Iterator[Remark]:
    """MJML reckons the width of Outlook's columns from lengths with a unit only."""
    found = {m for page in examined.pages for m in _BARE_ZERO.findall(page.edition.mjml)}
    for element, padding in sorted(found):
        sides = padding.split()
        if len(sides) in {2, 3, 4} and "0" in (
            sides[1],
            sides[-1] if len(sides) == 4 else sides[1],
        ):
            continue  # nothing to take off on that side
        if len(sides) > 1 and "0" in sides:
            path, at = examined.where(f'padding="{padding}"')
            better = " ".join("0px" if side == "0" else side for side in sides)
            message = f'<{element} padding="{padding}">: the columns are too wide in Outlook'
            yield Remark(message, f'padding="{better}"', at, path)


_E, _W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule("outlook/conditional", _E, "tables for Outlook that do not close", conditional),
    Rule(
        "outlook/background-image", _W, "a background that Outlook does not show", background_image
    ),
    Rule("outlook/border-radius", _W, "something round that Outlook makes square", border_radius),
    Rule("outlook/max-width", _W, "a width that Outlook does not know", max_width),
    Rule("outlook/bare-zero", _W, "a 0 without unit that widens Outlook's columns", bare_zero),
)
