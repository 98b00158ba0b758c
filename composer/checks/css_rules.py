"""Did the style sheets come through, and does every declaration mean something?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from composer.checks.css import Declaration, declarations_of, style_of
from composer.checks.css_names import PROPERTIES
from composer.checks.examined import Examined, Remark, Rule
from composer.checks.page import Page, shown
from composer.checks.tags import Element
from composer.model.finding import Severity

_SHEET = re.compile(r"<mj-style\b[^>]*>(.*?)</mj-style\s*>", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
#: What only a sheet can say, and what loses its meaning when it is taken out of one.
_KEPT = {"@media": re.compile(r"@media\b"), ":hover": re.compile(r":hover\b"),
         "!important": re.compile(r"!\s*important\b")}  # fmt: skip
_VENDOR = re.compile(r"(?:--|-(?:webkit|moz|ms|o|apple)-|mso-|x-)[\w-]+")
_BODY_WIDTH = re.compile(r"<mj-body\b[^>]*?\bwidth=\"(\d+)(?:px|&#112;&#120;)?\"")
_PIXELS = re.compile(r"(\d+(?:\.\d+)?)(?:px)?")


def media_lost(examined: Examined) -> Iterator[Remark]:
    """Inlining must leave what only a sheet can say: phones, dark screens, pointers."""
    for page in examined.pages:
        before = _COMMENT.sub("", "\n".join(_SHEET.findall(page.edition.mjml)))
        after = _COMMENT.sub("", "\n".join(page.sheets))
        for name, pattern in _KEPT.items():
            wrote, left = len(pattern.findall(before)), len(pattern.findall(after))
            if left < wrote:
                path, at = examined.where()
                message = f"of {wrote} times {name} in the template's sheets, {left} are left"
                hint = "please report it with the template: nothing of a sheet may be lost"
                yield Remark(message, hint, at, path)


def invalid(examined: Examined) -> Iterator[Remark]:
    """What no program knows is passed over in silence: the look is not the one that was meant."""
    for page in examined.pages:
        for declaration in dict.fromkeys(_declarations(page)):
            problem = _problem(declaration)
            if problem:
                name = declaration.name
                path, at = examined.where(f"{name}:", f"{name} :", f'{name}="')
                yield Remark(
                    f"the style {_written(declaration)!r} {problem}", "correct it", at, path
                )


def _declarations(page: Page) -> Iterator[Declaration]:
    for style in dict.fromkeys(e.get("style") for e in page.elements if e.get("style")):
        yield from declarations_of(style)
    for rule in page.rules:
        if not rule.selector.startswith("@"):
            yield from rule.declarations


def _problem(declaration: Declaration) -> str:
    name, value = declaration.name, declaration.value
    if not re.fullmatch(r"[a-z-]+", name) and not name.startswith("--"):
        return "is no declaration"
    if not value:
        return "has no value"
    if name not in PROPERTIES and not _VENDOR.fullmatch(name):
        return "is a property that no mail program knows"
    return ""


def _written(declaration: Declaration) -> str:
    return f"{declaration.name}: {declaration.value}"[:60]


def width_overflow(examined: Examined) -> Iterator[Remark]:
    """What is wider than the letter is cut off, or makes the whole of it scroll."""
    for page in examined.pages:
        body = _BODY_WIDTH.search(page.edition.mjml)
        limit = float(body[1]) if body else 600.0
        for element in page.every("table", "td", "th", "div", "img", "p", "pre"):
            width = _width(element)
            if width > limit:
                path, at = examined.where(element.get("src", ""), f'width="{width:g}"')
                message = f"{shown(element)} is {width:g} px wide, and the letter {limit:g}"
                yield Remark(message, f"at most {limit:g} px, or a width in per cent", at, path)


def _width(element: Element) -> float:
    """The widest that an element insists on; a style of `100%` does not help Outlook."""
    style = style_of(element.get("style", ""))
    said = (element.get("width", ""), style.get("width", ""), style.get("min-width", ""))
    found = (_PIXELS.fullmatch(value) for value in said)
    return max((float(match[1]) for match in found if match), default=0.0)


_E, _W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule("css/media-lost", _E, "rules that got lost on the way into the letter", media_lost),
    Rule("css/invalid", _W, "a style that means nothing", invalid),
    Rule("css/width-overflow", _W, "something wider than the letter", width_overflow),
)
