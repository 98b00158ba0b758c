"""A letter's HTML as a mail program sees it: elements, their declarations, the sheets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import unescape

# What is never closed reaches to the end, and no bracket is looked for without end: whatever
# stands in a letter, reading it takes time in proportion.
_SHEET = re.compile(r"<style\b[^>]*>(.*?)(?:</style>|\Z)", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
#: What Outlook on Windows does not see; all others take the marks for comments.
_NOT_MSO = re.compile(r"<!--\[if !mso[^\]]*\]><!-->?.*?(?:<!--?<!\[endif\]-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<([A-Za-z][\w-]*+)((?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*)>")
_ATTRIBUTE = re.compile(r"([^\s=<>\"'/]++)(?:\s*=\s*(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>]++)))?")
_DECLARATION = re.compile(
    r"\s*([-\w]{1,80})\s*:\s*"
    r"((?:[^;\"'(]++|\"[^\"]{0,999}+\"|'[^']{0,999}+'|\([^)]{0,999}+\)|[\"'(])*);?"
)


@dataclass(frozen=True, slots=True)
class Declaration:
    """`fallback` is what the same style says before under the same name; `""` if nothing."""

    name: str
    value: str
    fallback: str = ""


@dataclass(frozen=True, eq=False)
class Element:
    """One that is written like another is the same object."""

    name: str
    attributes: Mapping[str, str]

    @cached_property
    def style(self) -> tuple[Declaration, ...]:
        return declarations(self.attributes.get("style", ""))

    def says(self, name: str) -> str:
        """The value of the CSS property `name`; `""` when there is none."""
        return next((d.value for d in reversed(self.style) if d.name == name), "")


@dataclass(frozen=True)
class Seen:
    """`css` is the text of all sheets, without comments.

    Of elements that are written alike only the first is kept: a letter repeats its cells.
    """

    elements: tuple[Element, ...]
    css: str


def seen(html: str, *, word: bool = False) -> Seen:
    """What is left of `html` without comments; `word`: as Outlook on Windows reads it."""
    if word:
        html = _NOT_MSO.sub("", html)
    html = _COMMENT.sub("", html)
    css = re.sub(r"/\*.*?\*/", " ", "\n".join(_SHEET.findall(html)), flags=re.DOTALL)
    tags = dict.fromkeys(_TAG.findall(_SHEET.sub("<style>", html)))
    return Seen(tuple(_element(name, inside) for name, inside in tags), css)


@lru_cache(maxsize=8192)  # the letters of a site repeat one another's cells
def _element(name: str, inside: str) -> Element:
    attributes = {
        key.lower(): unescape(double or single or bare)
        for key, double, single, bare in _ATTRIBUTE.findall(inside)
    }
    return Element(name.lower(), attributes)


@lru_cache(maxsize=4096)
def declarations(style: str) -> tuple[Declaration, ...]:
    """The declarations of a `style` attribute, each with what it replaces."""
    found: list[Declaration] = []
    before: dict[str, str] = {}
    for name, value in _DECLARATION.findall(style):
        key = name.lower()
        found.append(Declaration(key, value.strip().lower(), before.get(key, "")))
        before[key] = value.strip().lower()
    return tuple(found)
