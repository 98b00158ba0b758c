"""How a page looks, as far as colours and sizes go: a small cascade over its tree.

It knows what stands in `style` and `bgcolor`, what is inherited, and for dark screens the
rules of `prefers-color-scheme: dark`. Where it cannot know (a picture or a gradient below
the text, a colour that it does not understand) it says None, and the rules say nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import NamedTuple

from composer.checks.colours import BLACK, WHITE, Colour, colour_of, over
from composer.checks.css import Declaration, SheetRule, style_of
from composer.checks.tags import Element

_LINK: Colour = (0, 0, 238, 1)
_SIZES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67, "small": 0.83}
_BOLD = frozenset({"b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"})
_LENGTH = re.compile(r"(\d*\.?\d+)(px|pt|em|rem|%)?")
_KEYWORDS = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0,
    "x-large": 24.0, "xx-large": 32.0,
}  # fmt: skip
_PX = {"px": 1.0, "pt": 4 / 3, "rem": 16.0, None: 1.0}
_STATE = re.compile(r":(?:hover|active|focus|visited|link|before|after|root)|::")


@dataclass(frozen=True, slots=True)
class Look:
    """How the words of an element look; None is what cannot be known. `size` is in CSS pixels."""

    colour: Colour | None = BLACK
    ground: Colour | None = WHITE
    size: float = 16.0
    bold: bool = False
    underlined: bool = False
    hidden: bool = False
    painted: bool = False  #: somebody chose the ground


DarkRules = Sequence[tuple[SheetRule, Declaration]]
Find = Callable[[str], Sequence[Element]]


class Row(NamedTuple):
    """An element, and what it says of its own look."""

    element: Element
    above: Element
    tag: str
    style: str
    ground: str


def rows_of(tree: Element) -> tuple[Row, ...]:
    """Each element of a page but the head, in the order of the document."""
    return tuple(
        Row(e, e.getparent(), e.tag, e.get("style", ""), e.get("bgcolor", ""))
        for e in tree.iter()
        if isinstance(e.tag, str) and e.tag != "head"
    )


def looks_of(
    rows: Sequence[Row], dark: DarkRules = (), find: Find | None = None
) -> Mapping[Element, Look]:
    """The look of each element of a page, where the rules `dark` hold as well.

    `find` gives the elements of a selector, and may remember them.
    """
    said = _dark_styles(dark, find or partial(found_by, rows[0].element)) if rows else {}
    looks: dict[Element, Look] = {}
    # Neighbours look alike. All looks are kept, so that no two have the same `id`.
    known: dict[tuple[object, ...], Look] = {}
    for element, parent, tag, style, ground in rows:
        above = looks.get(parent, _START)
        own = said.get(element, ())
        key = (id(above), tag, style, ground, own)
        if key not in known:
            known[key] = _look(above, tag, style, ground, own)
        looks[element] = known[key]
    return looks


_START = Look()


@lru_cache(maxsize=4096)
def _look(
    above: Look, tag: str, style: str, bgcolor: str, dark: tuple[tuple[str, str], ...]
) -> Look:
    own = dict(style_of(style))
    if bgcolor:
        own = {"background-color": bgcolor} | own
    for name, value in dark:
        if name == "background":
            own.pop("background-color", None)
        own[name] = value
        if name == "background-color" and "background" in own:
            own["background"] = ""
    look = _ground(above, own)
    return replace(
        look,
        colour=_colour(above, tag, own, look.ground),
        size=_size(above.size, tag, own.get("font-size", "")),
        bold=_bold(above, tag, own),
        underlined=_underlined(above, tag, own),
        hidden=above.hidden or _hidden(own),
    )


def _ground(above: Look, own: Mapping[str, str]) -> Look:
    if own.get("background-image", "none") != "none":
        return replace(above, ground=None, painted=True)
    value = own.get("background-color") or own.get("background", "")
    if value in {"", "none", "inherit", "unset", "initial"}:
        return above
    first = re.sub(r"\s+(?:no-repeat|repeat|scroll|none|0|top|left|center)\b.*", "", value)
    colour = colour_of(first)
    if colour is None:
        return replace(above, ground=None, painted=True)
    if colour[3] == 0:
        return above
    if colour[3] < 1:
        colour = over(colour, above.ground) if above.ground else None
    return replace(above, ground=colour, painted=True)


def _colour(above: Look, tag: str, own: Mapping[str, str], ground: Colour | None) -> Colour | None:
    value = own.get("-webkit-text-fill-color") or own.get("color", "")
    if own.get("opacity", "1") not in {"1", "1.0", "100%"} or "filter" in own:
        return None
    if not value:
        return _LINK if tag == "a" else above.colour
    if value in {"inherit", "currentcolor", "unset"}:
        return above.colour
    colour = colour_of(value)
    if colour is None or colour[3] == 1:
        return colour
    return over(colour, ground) if ground else None


def _size(above: float, tag: str, value: str) -> float:
    if not value:
        return above * _SIZES.get(tag, 1.0)
    if value in _KEYWORDS:
        return _KEYWORDS[value]
    found = _LENGTH.fullmatch(value)
    if not found:
        return above
    number, unit = float(found[1]), found[2]
    if unit in {"em", "%"}:
        return above * number / (100 if unit == "%" else 1)
    return number * _PX[unit]


def _bold(above: Look, tag: str, own: Mapping[str, str]) -> bool:
    weight = own.get("font-weight", "")
    if weight.isdigit():
        return int(weight) >= 700
    if weight in {"bold", "bolder"}:
        return True
    return False if weight in {"normal", "lighter"} else above.bold or tag in _BOLD


def _underlined(above: Look, tag: str, own: Mapping[str, str]) -> bool:
    value = own.get("text-decoration", own.get("text-decoration-line", ""))
    border = own.get("border-bottom", "")
    if "underline" in value or (border and not re.match(r"(0|none)\b", border)):
        return True
    return above.underlined or (tag in {"a", "u"} and not value)


def _hidden(own: Mapping[str, str]) -> bool:
    return (
        own.get("display") == "none"
        or own.get("visibility") == "hidden"
        or own.get("mso-hide") == "all"
        or own.get("opacity") == "0"
        or (own.get("max-height", "") in {"0", "0px"} and own.get("overflow") == "hidden")
    )


def _dark_styles(dark: DarkRules, find: Find) -> dict[Element, tuple[tuple[str, str], ...]]:
    """What the rules for dark screens say of each element and wins there."""
    said: dict[Element, list[tuple[int, tuple[int, ...], str, str]]] = defaultdict(list)
    for order, (rule, declaration) in enumerate(dark):
        for selector in rule.selector.split(","):
            for element in find(selector.strip()):
                own = style_of(element.attrib.get("style", ""))
                if declaration.important or not {declaration.name, "background"} & own.keys():
                    weight = (int(declaration.important), *specificity(selector))
                    said[element].append((order, weight, declaration.name, declaration.value))
    return {
        element: tuple(
            (name, value) for _, _, name, value in sorted(found, key=lambda f: (f[1], f[0]))
        )
        for element, found in said.items()
    }


def found_by(tree: Element, selector: str) -> list[Element]:
    """The elements that a selector finds in a page at rest; none for what is not understood."""
    if _STATE.search(selector):
        return [tree] if selector == ":root" else []
    path = _xpath(selector)
    return path(tree) if path else []  # type: ignore[operator]


@lru_cache(maxsize=512)
def _xpath(selector: str) -> object:
    from lxml.cssselect import CSSSelector, SelectorError  # type: ignore[import-untyped]  # noqa: PLC0415 - it has no types

    try:
        return CSSSelector(selector, translator="html")
    except SelectorError:
        return None


@lru_cache(maxsize=512)
def specificity(selector: str) -> tuple[int, int, int]:
    """Selectors 4, 17, for what sheets of letters use."""
    ids = selector.count("#")
    classes = len(re.findall(r"\.[\w-]+|\[[^\]]*\]|(?<!:):[\w-]+", selector))
    names = len(re.findall(r"(?:^|[\s>+~])[a-zA-Z][\w-]*", selector))
    return ids, classes, names
