"""One element of MJML by itself: its name, its attributes and their values."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TypeAlias

from composer.checks.mjml_source.masking import HOLE
from composer.checks.mjml_source.scan import Attribute, Start
from composer.checks.mjml_source.schema import schema
from composer.reading.suggest import near

#: Where, counted from the tag's or sheet's start, and the code, the message and the hint.
Said: TypeAlias = tuple[int, tuple[str, str, str]]

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LOADS = re.compile(
    r"@import\b|@font-face\b[^}]*?url\(\s*[\"']?(?:https?:)?//", re.IGNORECASE | re.DOTALL
)


def element_problems(tag: Start, exists: Callable[[str], str]) -> Iterator[Said]:
    """What is wrong with `tag` wherever it stands; `exists` tells why a file cannot be included."""
    yield from _problems_of(tag)
    if tag.name == "mj-include":
        yield from _include_problems(tag, exists)


@lru_cache(maxsize=4096)  # what templates make repeats itself
def _problems_of(tag: Start) -> tuple[Said, ...]:
    return (*_written_twice(tag), *_of_its_kind(tag))


def _of_its_kind(tag: Start) -> Iterator[Said]:
    known = schema().attributes.get(tag.name)
    if known is None:
        yield from _unknown(tag)
        return
    if tag.name == "mj-html-attributes":
        hint = "write the attributes into the HTML of mj-text or mj-raw"
        yield 0, ("mjml/unsupported", f"{tag.name} is not supported", hint)
    for attribute in tag.attributes:
        yield from _attribute_problems(tag.name, attribute, known.get(attribute.name), [*known])
    if tag.name == "mj-font":
        yield (
            0,
            (
                "mjml/web-font",
                "a font from the network tells its host who reads, and few clients load it",
                "name fonts that readers have: Georgia, Helvetica, Arial",
            ),
        )


def _unknown(tag: Start) -> Iterator[Said]:
    if tag.name.startswith("mj"):
        hint = near(tag.name, schema().attributes, otherwise="see documentation.mjml.io")
        yield 0, ("mjml/unknown-tag", f"MJML knows no <{tag.name}>", hint)


def _written_twice(tag: Start) -> Iterator[Said]:
    if tag.varies:
        return
    seen: set[str] = set()
    for attribute in tag.attributes:
        name = attribute.name
        if name in seen and HOLE not in name:
            message = f"{tag.name} has two attributes {name}"
            yield attribute.start, ("mjml/duplicate-attribute", message, "keep one of them")
        seen.add(name)


def _attribute_problems(
    tag: str, attribute: Attribute, kind: str | None, known: list[str]
) -> Iterator[Said]:
    name = attribute.name
    if HOLE in name:
        return
    if attribute.value is None or not attribute.quoted:
        yield (
            attribute.start,
            (
                "mjml/syntax",
                f"the attribute {name} has no value in quotation marks",
                f'write {name}="…"',
            ),
        )
    elif "<" in attribute.value:
        hint = "see whether a quotation mark is missing, or write &lt;"
        yield attribute.start, ("mjml/syntax", f"there is a < in the attribute {name}", hint)
    elif kind is None:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else _belongs(name, tag)
        yield attribute.start, ("mjml/unknown-attribute", f"{tag} has no attribute {name}", hint)
    elif attribute.known:
        yield from _value_problems(tag, attribute, kind)


def _value_problems(tag: str, attribute: Attribute, kind: str) -> Iterator[Said]:
    value = attribute.value or ""
    if tag == "mj-raw" and attribute.name == "position" and value == "file-start":
        message = "mj-raw cannot stand at the start of the file"
        yield attribute.start, ("mjml/unsupported", message, "write it in mj-head")
    elif said := schema().value_problem(kind, value):
        problem, hint = said
        message = f"{attribute.name} of {tag} {problem}: {value[:40]!r}"
        yield attribute.value_start, ("mjml/attribute-value", message, hint)


def _belongs(name: str, tag: str) -> str:
    """Who else has an attribute of that name."""
    others = [
        other
        for other, attributes in schema().attributes.items()
        if name in attributes and other not in {tag, "mj-all", "mj-class"}
    ]
    return f"{' and '.join(others[:3])} has one" if 0 < len(others) <= 3 else "leave it out"


def _include_problems(tag: Start, exists: Callable[[str], str]) -> Iterator[Said]:
    path = next((a for a in tag.attributes if a.name == "path"), None)
    if path is None:
        if not tag.varies:
            yield 0, ("mjml/include-missing", "mj-include has no path", 'write path="…"')
        return
    if not path.known or not path.value:
        return
    match exists(path.value):
        case "missing":
            message = f"there is no file {path.value!r} in email_templates/"
            yield (
                path.value_start,
                ("mjml/include-missing", message, "paths begin at email_templates/"),
            )
        case "outside":
            message = f"{path.value!r} is outside email_templates/"
            hint = "templates include only one another"
            yield path.value_start, ("mjml/include-outside", message, hint)
        case _:
            pass


def sheet_problems(css: str) -> Iterator[Said]:
    """A style sheet that loads something."""
    blanked = _COMMENT.sub(lambda m: " " * len(m[0]), css)
    for match in _LOADS.finditer(blanked):
        what = "an @import" if match[0].lower().startswith("@import") else "a font"
        yield (
            match.start(),
            (
                "mjml/web-font",
                f"{what} from the network tells its host who reads, and few clients load it",
                "name fonts that readers have: Georgia, Helvetica, Arial",
            ),
        )
