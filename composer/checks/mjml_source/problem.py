"""One mistake in the text of a template."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """`line` and `column` count from 1 in the template's own text."""

    line: int
    column: int
    code: str
    message: str
    hint: str = ""
