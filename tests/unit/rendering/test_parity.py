"""Every word and every target of the site's own issues is in both parts of each edition."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from composer.checks.walk import inlines_of, targets_of
from composer.model.edition import EditionKey, Parts
from composer.model.issue import Code, Text, segments_named
from composer.reading.issue_file import Vocabulary, read_issue
from composer.rendering.choose import choose
from composer.rendering.compile import compile_edition
from composer.rendering.templates import Templates
from tests.unit.rendering.samples import NEWSLETTER

ROOT = Path(__file__).parents[3]
ISSUES = sorted((ROOT / "issues").glob("*/issue.md"))


def _seen(parts: Parts) -> str:
    """What a reader sees, each slot as a blank, without anything but letters and digits."""
    text = "".join(part if isinstance(part, str) else " " for part in parts)
    return "".join(re.findall(r"\w+", text))


@pytest.mark.parametrize("path", ISSUES, ids=lambda path: path.parent.name)
def test_every_word_of_an_issue_is_in_both_parts(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    segments = frozenset(re.findall(r"\b(?:segment|not)=([\w-]+)", source))
    made = read_issue(path, Vocabulary(fields=None, segments=segments))
    for chosen in ((), tuple(n for n in segments_named(made) if n != "everyone")):
        key = EditionKey(made.locale, made.variants[0], chosen)
        edition = compile_edition(made, NEWSLETTER, Templates.of_site(ROOT), key)
        html = [
            unescape(re.sub(r"<[^>]*>", " ", part)) if isinstance(part, str) else part
            for part in edition.html
        ]
        shown, told = _seen(tuple(html)), _seen(edition.text)
        read = choose(made, key)

        for inline in inlines_of(read):
            if isinstance(inline, Text | Code):
                words = "".join(re.findall(r"\w+", inline.text))
                assert words in shown, inline
                assert words in told, inline
        for target, _, _ in targets_of(read):
            for literal in target:
                if isinstance(literal, str) and not literal.startswith(("#", "mailto:")):
                    assert "".join(re.findall(r"\w+", literal)) in told, literal


def test_there_are_issues_to_look_at() -> None:
    assert len(ISSUES) >= 2
