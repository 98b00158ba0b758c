"""The tags of a document as they are written, and what is wrong with how they are nested."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

#: An element of lxml, which has no types.
Element: TypeAlias = Any

_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[[^>]*+>|<(?P<raw>style|script|title|textarea)\b(?P<a>[^>]*)>.*?</(?P=raw)\s*>"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][^\s/>]*)(?P<attributes>(?:\"[^\"]*+\"|'[^']*+'|[^'\">]++)*)>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([^\s=\"'/>]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]*))?")

#: HTML Standard, 13.1.2: elements without an end tag.
VOID = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    }
)
#: 13.1.2.4: what may be left open.
_MAY_STAY_OPEN = frozenset(
    {
        "html",
        "head",
        "body",
        "p",
        "li",
        "dt",
        "dd",
        "tr",
        "td",
        "th",
        "tbody",
        "thead",
        "tfoot",
        "colgroup",
        "option",
    }
)
#: 4.4.1: a `<p>` ends where one of these begins.
_ENDS_P = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "dir",
        "div",
        "dl",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "ul",
    }
)
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
#: What may be left open where one of its own kind begins.
_ENDED_BY = {
    "p": {"p"},
    "li": {"li"},
    "td": {"td", "th"},
    "th": {"td", "th"},
    "tr": {"td", "th", "tr"},
}
#: What each part of a table may stand in.
_PARENTS = {
    "tr": {"table", "tbody", "thead", "tfoot"},
    "td": {"tr"},
    "th": {"tr"},
    "tbody": {"table"},
    "thead": {"table"},
    "tfoot": {"table"},
    "li": {"ul", "ol", "menu"},
}
#: What a table may hold; all else is moved out, in front of it (foster parenting).
_IN_TABLES = {
    "table": {"tbody", "thead", "tfoot", "tr", "caption", "colgroup", "col"},
    "tbody": {"tr"},
    "thead": {"tr"},
    "tfoot": {"tr"},
    "tr": {"td", "th"},
}


class Tag(NamedTuple):
    """`name` in lower case; `at` counts characters from the start of the document."""

    name: str
    closing: bool
    written: str  #: the attributes
    at: int

    @property
    def attributes(self) -> list[tuple[str, str]]:
        """Names in lower case, values without their quotation marks; repeats included."""
        return [
            (name.lower(), value.strip("\"'")) for name, value in _ATTRIBUTE.findall(self.written)
        ]


@lru_cache(maxsize=8)
def tags_of(html: str) -> tuple[Tag, ...]:
    """Every tag outside comments; style sheets, scripts and titles count as one start tag."""
    found = []
    for match in _TAG.finditer(html):
        raw, inside, close, name, attributes = match.groups()
        if raw:
            found.append(Tag(raw.lower(), False, inside, match.start()))
            found.append(Tag(raw.lower(), True, "", match.end()))
        elif name:
            found.append(Tag(name.lower(), bool(close), attributes, match.start()))
    return tuple(found)


def misnested(tags: Sequence[Tag]) -> Iterator[tuple[str, Tag]]:
    """What a browser would put elsewhere, close by itself or take for something else."""
    stack: list[Tag] = []
    names: list[str] = []  # of what is on the stack
    for tag in tags:
        if tag.closing:
            yield from _closed(tag, stack, names)
            continue
        ends = _ENDED_BY.get(tag.name, ())
        while names and names[-1] in ends:
            stack.pop()
            names.pop()
        yield from _misplaced(tag, names)
        if tag.name not in VOID and not tag.written.rstrip().endswith("/"):
            stack.append(tag)
            names.append(tag.name)
    for tag in stack:
        if tag.name not in _MAY_STAY_OPEN:
            yield f"<{tag.name}> is never closed", tag


def _closed(tag: Tag, stack: list[Tag], names: list[str]) -> Iterator[tuple[str, Tag]]:
    if tag.name in VOID:
        return
    if tag.name not in names:
        yield f"</{tag.name}> closes nothing", tag
        return
    while names.pop() != tag.name:
        opened = stack.pop()
        if opened.name not in _MAY_STAY_OPEN:
            yield f"<{opened.name}> is still open where </{tag.name}> stands", opened
    stack.pop()


def _misplaced(tag: Tag, names: list[str]) -> Iterator[tuple[str, Tag]]:
    parent = names[-1] if names else ""
    if tag.name in _ENDS_P and "p" in names and "p" in names[_last_cell(names) :]:
        yield f"<{tag.name}> stands in a <p>, which ends there", tag
    if tag.name == "a" and "a" in names:
        yield "<a> stands in another <a>", tag
    if tag.name in _HEADINGS and parent in _HEADINGS:
        yield f"<{tag.name}> stands in <{parent}>", tag
    if tag.name in _PARENTS and parent not in _PARENTS[tag.name]:
        yield f"<{tag.name}> stands in {f'<{parent}>' if parent else 'nothing'}", tag
    elif parent in _IN_TABLES and tag.name not in _IN_TABLES[parent] | {"style", "script"}:
        yield f"<{tag.name}> stands in <{parent}> and is moved out of the table", tag


def _last_cell(names: list[str]) -> int:
    """A cell begins anew: what it holds does not end a paragraph outside."""
    return max((at for at, name in enumerate(names) if name in {"td", "th", "caption"}), default=0)


def repeated_attributes(tags: Sequence[Tag]) -> Iterator[tuple[str, Tag]]:
    """Of two attributes of one name, readers get the first."""
    for tag in tags:
        if len(tag.written) >= 4:
            for name in _repeated(tag.written):
                yield f"<{tag.name}> has the attribute {name!r} twice", tag


@lru_cache(maxsize=4096)
def _repeated(written: str) -> tuple[str, ...]:
    counts = Counter(name.lower() for name, _ in _ATTRIBUTE.findall(written))
    return tuple(name for name, times in counts.items() if times > 1)
