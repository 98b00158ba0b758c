"""Patterns that mean the same in every Python that we support."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

COMPOSER = Path(__file__).parents[2] / "composer"
#: A group that repeats possessively, or an atomic one. Python before 3.11.5, as in Debian 12,
#: finds nothing with them where something stands (CPython issue 106052).
MISUNDERSTOOD = re.compile(r"(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+|\(\?>")


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Each string of a module, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def test_no_group_repeats_possessively() -> None:
    found = [
        f"{path.relative_to(COMPOSER.parent)}:{line}"
        for path in COMPOSER.rglob("*.py")
        for line, text in texts(path.read_text(encoding="utf-8"))
        if MISUNDERSTOOD.search(text)
    ]

    assert found == []


def test_what_is_looked_for_is_found() -> None:
    assert MISUNDERSTOOD.search(r"<!--(?:[^-]++|-(?!->))*+-->")
    assert MISUNDERSTOOD.search(r"(?:ab){1,9}+c")
    assert MISUNDERSTOOD.search(r"(?>a|b)c")
    assert not MISUNDERSTOOD.search(r"\([^)]{0,999}+\)+(?:[^-]++|-(?!->))*-->")
