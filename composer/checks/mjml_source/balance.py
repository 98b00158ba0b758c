"""Which element stands in which, on every way that Jinja may take through a template.

Where the ways part (`if`, `for`) each is walked from the same beginning. When they meet again
with different elements open, the truth depends on the data: a `Frame` without a name stands
for what may be open there, and nothing is said about what touches it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from composer.checks.mjml_source.masking import HOLE, Tag

_LITERAL = re.compile(r"[\"']([^\"']+)[\"']\s*(?:ignore missing|with\b.*|without\b.*)?")
_CALLED = re.compile(r"([A-Za-z_]\w*(?:\.\w+)*)\s*\(")
_IMPORTED = re.compile(r"import\s+(.*)", re.DOTALL)
_OTHERWISE = frozenset({"elif", "else"})


@dataclass(frozen=True, slots=True)
class Frame:
    """An open element. `soft` ones may have been closed by what is written at run time.

    One without a name stands for any of `maybe`, or for nothing.
    """

    name: str
    start: int
    soft: bool = False
    maybe: frozenset[str] = frozenset()


Stack = tuple[Frame, ...]


@dataclass
class _Fork:
    """`apart` ones (macros, captured texts) are written elsewhere than they stand."""

    keyword: str
    before: Stack
    ends: list[Stack] = field(default_factory=list)
    complete: bool = False  #: there is an `else`: one of the ways is taken
    apart: str | None = None  #: the macro's or variable's name


@dataclass
class Balance:
    """`included(name)` tells whether the file of that name opens and closes the same elements."""

    included: Callable[[str], bool]
    stack: Stack = ()
    apart: bool = False  #: inside a macro or a captured text, whose place is not known
    _forks: list[_Fork] = field(default_factory=list)
    _unsteady: set[str] = field(default_factory=lambda: {"caller", "super"})

    def open(self, name: str, start: int) -> None:
        self.stack = (*self.stack, Frame(name, start, soft=HOLE in name))

    def close(self, name: str) -> tuple[bool, Stack]:
        """Close the nearest `name`: whether it was open, and what was left open inside of it."""
        stack = self.stack
        if stack and HOLE in name:
            self.stack = stack[:-1]
            return True, ()
        if stack and not stack[-1].name and name not in stack[-1].maybe:
            stack = stack[:-1]
        if stack and (stack[-1].name == name or name in stack[-1].maybe):
            self.stack = stack[:-1]
            return True, ()
        names = [frame.name for frame in stack]
        if name not in names:
            return False, stack
        at = len(names) - 1 - names[::-1].index(name)
        self.stack = stack[:at]
        return True, stack[at + 1 :]

    def jinja(self, tag: Tag) -> None:
        """Follow a `{% … %}` or a `{{ … }}`."""
        word = tag.keyword
        if not word:
            self._written(tag.rest)
        elif word in {"if", "for"}:
            self._forks.append(_Fork(word, self.stack))
        elif word in _OTHERWISE:
            self._otherwise(word)
        elif word in {"macro", "call"} or (word == "set" and "=" not in tag.rest):
            name = re.match(r"\w*", tag.rest)
            self._forks.append(_Fork(word, self.stack, apart=name[0] if name else ""))
            self.stack = ()
        elif word.startswith("end"):
            self._end(word.removeprefix("end"))
        else:
            self._loads(word, tag.rest)
        self.apart = any(fork.apart is not None for fork in self._forks)

    def _otherwise(self, word: str) -> None:
        if self._forks and self._forks[-1].keyword in {"if", "for"}:
            fork = self._forks[-1]
            fork.ends.append(self.stack)
            fork.complete = fork.complete or (word == "else" and fork.keyword == "if")
            self.stack = fork.before

    def _end(self, word: str) -> None:
        if not self._forks or self._forks[-1].keyword != word:
            return
        fork = self._forks.pop()
        if fork.apart is not None:
            if self.stack:
                self._unsteady.add(fork.apart)
            self.stack = fork.before
            return
        ends = [*fork.ends, self.stack, *(() if fork.complete else (fork.before,))]
        self.stack = ends[0]
        for end in ends[1:]:
            self.stack = _met(self.stack, end)

    def _loads(self, word: str, rest: str) -> None:
        if word in {"import", "from"} and (names := _IMPORTED.search(f"{word} {rest}")):
            self._unsteady |= set(re.findall(r"\w+", names[1]))
        elif word == "include":
            file = _LITERAL.fullmatch(rest)
            # A name that is put together stands for many files: none of them is a half.
            if file and not self.included(file[1]):
                self.soften()
        elif word == "extends":
            self.soften()

    def _written(self, expression: str) -> None:
        called = {name.partition(".")[0] for name in _CALLED.findall(expression)}
        if (called | {expression.partition("|")[0].strip()}) & self._unsteady:
            self.soften()

    def soften(self) -> None:
        """What is open here may have been closed by something that cannot be seen."""
        self.stack = tuple(replace(frame, soft=True) for frame in self.stack)


def _met(one: Stack, other: Stack) -> Stack:
    """What is open where two ways meet."""
    if len(one) == len(other) and all(a.name == b.name for a, b in zip(one, other, strict=True)):
        return tuple(a if a.soft else b for a, b in zip(one, other, strict=True))
    for first, second in ((one, other), (other, one)):
        # What one way may have open, the other has closed: the two conditions are the same.
        if first and not first[-1].name and _names(first[:-1]) == _names(second):
            return second
    same = 0
    for a, b in zip(one, other, strict=False):
        if a.name != b.name or not a.name:
            break
        same += 1
    rest = [*one[same:], *other[same:]]
    maybe = frozenset({frame.name for frame in rest if frame.name}).union(*(f.maybe for f in rest))
    return (*one[:same], Frame("", rest[0].start, soft=True, maybe=maybe))


def _names(stack: Stack) -> list[str]:
    return [frame.name for frame in stack]


def unclosed(stack: Stack) -> Iterator[Frame]:
    """The frames that something ought to have closed, the innermost first."""
    for frame in reversed(stack):
        if frame.soft or not frame.name:
            return
        yield frame
