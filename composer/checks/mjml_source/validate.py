"""The text of a template → its mistakes: elements, attributes, values, nesting, includes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from composer.checks.mjml_source.balance import Balance, Frame, Stack, unclosed
from composer.checks.mjml_source.elements import element_problems, sheet_problems
from composer.checks.mjml_source.masking import HOLE, Masked, Tag, mask
from composer.checks.mjml_source.problem import Problem
from composer.checks.mjml_source.scan import (
    Broken,
    Closing,
    Mark,
    Opening,
    Sheet,
    Start,
    Words,
    marks,
)
from composer.checks.mjml_source.schema import schema
from composer.errors import TemplateError
from composer.rendering.guards import MOST_DEEP, VOID

Read = Callable[[str], str | None]

#: A file with more mistakes than these is another kind of file.
_MOST = 200
_DECLARATIONS = {
    "<![CDATA[": ("CDATA is not supported", "write &lt; and &amp;"),
    "<!DOCTYPE": ("a document type is not supported", "begin with <mjml>"),
    "<?XML": ("an XML declaration is not supported", "begin with <mjml>"),
    "<!--": ("a comment is never closed", "write --> at its end"),
    "<": ("a < that begins no tag", "write &lt;, or see whether a quotation mark is missing"),
}


def problems(text: str, read: Read) -> Iterator[Problem]:
    """The mistakes in the template `text`, in the order of its lines; MJML, with Jinja or without.

    `read` gives the text of another template by its name, None when there is none; it may
    raise TemplateError for a name that leads out of the templates' folder.
    """
    found = _Look(mask(text), read, frozenset()).run()
    yield from sorted(dict.fromkeys(found))[:_MOST]


def sheet_file_problems(text: str) -> Iterator[Problem]:
    """The mistakes in a template that is CSS and nothing else."""
    masked = mask(text)
    for at, (code, message, hint) in sheet_problems(masked.text):
        yield Problem(*masked.place(at), code, message, hint)


class _Look:
    def __init__(self, masked: Masked, read: Read, seen: frozenset[str]) -> None:
        self._masked = masked
        self._read = read
        self._seen = seen
        self._whole = "<mjml" in masked.text.lower()
        self._balance = Balance(self._is_balanced)
        self._found: list[Problem] = []
        self._steady = True  #: nothing was closed that this file has not opened

    def run(self) -> list[Problem]:
        for mark in marks(self._masked):
            self._take(mark)
            if len(self._balance.stack) > MOST_DEEP:
                start = self._balance.stack[-1].start
                self._say(start, "mjml/nesting", f"more than {MOST_DEEP} elements in one another")
                return self._found
        if self._whole:
            for frame in unclosed(self._balance.stack):
                self._unclosed(frame, "")
        return self._found

    def _take(self, mark: Mark) -> None:
        match mark:
            case Tag():
                self._balance.jinja(mark)
            case Opening(start, tag):
                self._opened(start, tag)
            case Closing():
                self._closed(mark)
            case Words(start):
                self._words(start)
            case Sheet(start, css):
                for at, problem in sheet_problems(css):
                    self._say(start + at, *problem)
            case Broken(start, what):
                self._broken(start, what)

    def _broken(self, start: int, what: str) -> None:
        syntax = what in {"<", "<!--"}
        if syntax:
            # Of what it swallowed, nobody knows what it opened or closed.
            self._balance.soften()
            self._whole = self._whole and what == "<"
        code = "mjml/syntax" if syntax else "mjml/unsupported"
        self._say(start, code, *_DECLARATIONS[what.rstrip()])

    def _opened(self, start: int, tag: Start) -> None:
        if HOLE in tag.name:
            if not tag.closed:
                self._balance.open(tag.name, start)
            return
        for at, problem in element_problems(tag, self._exists):
            self._say(start + at, *problem)
        self._nesting(start, tag)
        if not tag.closed and tag.name not in VOID:
            self._balance.open(tag.name, start)

    def _nesting(self, start: int, tag: Start) -> None:
        parent = self._parent()
        if parent is None or tag.name == "mj-include":
            return
        known, name, inside = schema(), tag.name, parent.name
        is_mjml = name in known.attributes
        if inside not in known.attributes:
            # What stands in an unknown mj-foo is not known either.
            if is_mjml and not inside.startswith("mj-"):
                hint = "close the HTML before it, or write HTML instead"
                self._say(start, "mjml/nesting", f"{name} stands in <{inside}>, in HTML", hint)
        elif is_mjml and not known.holds(inside, name):
            where = ", ".join(known.parents(name)) or "nothing"
            self._say(start, "mjml/nesting", f"{name} cannot stand in {inside}", f"only in {where}")
        elif not name.startswith("mj") and inside not in known.ending:
            hint = "put HTML into mj-text, mj-table or mj-raw"
            self._say(start, "mjml/nesting", f"<{name}> stands in {inside}, as HTML", hint)

    def _words(self, start: int) -> None:
        parent = self._parent()
        if parent is None or parent.soft:
            return
        known = schema()
        holds_text = known.ending | {"mj-html-attribute"}
        if parent.name in known.children and parent.name not in holds_text:
            hint = "put it into mj-text"
            self._say(start, "mjml/nesting", f"a text stands directly in {parent.name}", hint)

    def _parent(self) -> Frame | None:
        """The element that something stands in; None where that is not known."""
        stack = self._balance.stack
        return stack[-1] if stack and stack[-1].name else None

    def _closed(self, tag: Closing) -> None:
        if tag.name in VOID:
            return
        was_open, left = self._balance.close(tag.name)
        if was_open:
            for frame in unclosed(left):
                line, _ = self._masked.place(tag.start)
                self._unclosed(frame, f" before </{tag.name}> of line {line}")
            return
        self._steady = False
        if self._is_stray(left):
            hint = f"</{left[-1].name}> is what is open here" if left else ""
            self._say(tag.start, "mjml/stray-end", f"</{tag.name}> closes nothing", hint)

    def _is_stray(self, stack: Stack) -> bool:
        """Whether an end without a beginning is a mistake on every way."""
        if any(frame.soft or not frame.name for frame in stack):
            return False
        return bool(stack) or (self._whole and not self._balance.apart)

    def _unclosed(self, frame: Frame, when: str) -> None:
        self._say(
            frame.start,
            "mjml/unclosed",
            f"<{frame.name}> is not closed{when}",
            f"write </{frame.name}>",
        )

    def _exists(self, name: str) -> str:
        """Why the file `name` cannot be included; `""` when it can."""
        if "://" in name:
            return "outside"
        try:
            return "" if self._read(name.removeprefix("./")) is not None else "missing"
        except TemplateError:
            return "outside"

    def _is_balanced(self, name: str) -> bool:
        if name in self._seen:
            return True
        try:
            text = self._read(name)
        except TemplateError:
            text = None
        if text is None:
            return False
        other = _Look(mask(text), self._read, self._seen | {name})
        other.run()
        return other._steady and not other._balance.stack

    def _say(self, offset: int, code: str, message: str, hint: str = "") -> None:
        line, column = self._masked.place(offset)
        self._found.append(Problem(line, column, code, message, hint))
