"""What the rules over an editor's words promise for every text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.checks.examined import Examined, look_with
from composer.checks.fixing import mended
from composer.checks.prose import HIDDEN, Prose
from composer.checks.publications import distance, same_publication
from composer.checks.rules import ISSUE_RULES
from composer.model.finding import Finding
from composer.model.issue import Position
from composer.model.settings import CheckSettings
from composer.reading.issue_file import Vocabulary, inspect_issue
from tests.unit.checks.samples import SETTINGS

FRONT = "---\ntitle: Harbour Watch\ndate: 2026-11-20\nsubject: A quiet strike\n---\n\n"
HOUSE = CheckSettings(spelling={"revampted": "revamped", "e-mail": "email", "Lindo": "Lindo Port"})
RULES = [rule for rule in ISSUE_RULES if rule.family in {"style", "cite", "link", "text"}]


def examined(folder: Path, body: str) -> Examined | None:
    """The issue with that text, as its rules see it; None when reading refuses it."""
    path = folder / "issue.md"
    path.write_text(FRONT + body, encoding="utf-8")
    vocabulary = Vocabulary(fields=frozenset({"first_name"}), segments=frozenset(), locale="en")
    issue = inspect_issue(path, vocabulary).issue
    if issue is None:
        return None
    return Examined(
        issue,
        [],
        replace(SETTINGS, checks=HOUSE),
        folder / "newsletter.toml",
        source=FRONT + body,
        today=datetime.now(UTC).date(),
    )


def said(seen: Examined | None) -> Sequence[Finding]:
    return look_with(RULES, seen) if seen else ()


NAMES = st.text(st.sampled_from("The Quay Gazetǎ-.4 "), min_size=1, max_size=20)


@given(NAMES, NAMES)
def test_two_spellings_of_one_publication_are_so_both_ways(one: str, other: str) -> None:
    assert same_publication(one, other) == same_publication(other, one)
    assert not same_publication(one, one)


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_the_distance_of_words_is_even_and_at_most_their_length(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one) <= max(len(one), len(other))
    assert (distance(one, other) == 0) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Enab Baladi", "Enab Beladi"),
        ("The Times", "The Time"),
        ("Quay Gazette", "The Quay Gazette"),
        ("Tide Water Review", "Tidewater Review"),
        ("El País", "El Pais"),
        ("Al-Monitor", "Al Monitor"),
        ("Nordic Freight Letter", "Nordic Frieght Letter"),
    ],
)
def test_spellings_of_one_publication_are_known(one: str, other: str) -> None:
    assert same_publication(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Guardian", "Guardian Weekly"),
        ("The National", "The Nation"),
        ("Channel 4", "Channel 5"),
        ("BBC", "ABC"),
        ("The Post", "The Host"),
        ("Daily News", "Daily View"),
        ("Gazeta", "Gazette"),
    ],
)
def test_different_publications_stay_two(one: str, other: str) -> None:
    assert not same_publication(one, other)


#: Pieces of what editors write, joined in every order.
PIECES = st.lists(
    st.sampled_from(
        [
            "the", "The", "a", "revampted", "Revampted", "e-mail", "Lindo", "Port", "crews", "—",
            " ", "  ", "   ", " ,", " .", ",", ".", "--", " -- ", "!!", "?!", "!", '"', "“", "’",
            "'", "\n", "\n\n", "- ", "1. ", "> ", "## ", "| a | b |\n|---|---|\n", "`", "``", "*",
            "**", "[", "](", ")", "https://example.org/?fbclid=1&a=2", "<!-- x -->",
            "{{ issue.number }}",
            "\\", "    ", "\t", "(*The Quay*, May 3, 2026)", "it", "IT", "é", "e\u0301",
        ]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(PIECES)
def test_a_fix_takes_its_finding_away_and_the_last_run_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, body: str
) -> None:
    folder = tmp_path_factory.mktemp("issue")
    text = FRONT + body
    for _ in range(12):
        found = said(examined(folder, text[len(FRONT) :]))
        assert not [f for f in found if f.code == "internal/rule-failed"]
        new, made = mended(text, found)
        if not any(f.fix for f in found):
            break
        assert made, "a fix did not fit its place"
        assert new != text
        text = new
    else:
        pytest.fail("it never ends")


@settings(max_examples=300, deadline=None)
@given(PIECES)
def test_hidden_text_keeps_every_character_in_its_place(body: str) -> None:
    source = FRONT + body
    prose = Prose(source)

    assert len(prose.text) == len(source)
    for n, (shown, written) in enumerate(zip(prose.text, source, strict=True)):
        assert shown in (written, HIDDEN)
        assert (shown == "\n") == (written == "\n")
        assert prose.offset(prose.at(n)) == n


def test_what_is_not_prose_is_hidden() -> None:
    source = FRONT + (
        "Words `code` [words](https://a.example \"title\") {{ issue.number }} <!-- said -->\n"
        "\n```\nfenced\n```\n\n:::note\nmore words\n:::\n"
    )  # fmt: skip

    shown = Prose(source).text.replace(HIDDEN, " ").split()

    assert shown == ["Harbour", "Watch", "A", "quiet", "strike", "Words", "[words", "more", "words"]


def test_a_long_hostile_text_is_looked_at_in_time(tmp_path: Path) -> None:
    for piece in (
        "`a ",
        "[a](b ",
        "*Ab ",
        "{{ x ",
        "the the ",
        '"a“ ',
        "![x][y ",
        "<a ",
        "((*A*, ",
    ):
        said(examined(tmp_path, "\n\n".join([piece * 1_000] * 5)))


def test_a_place_outside_of_the_file_is_its_end() -> None:
    prose = Prose("one\ntwo")

    assert prose.offset(Position(9, 9)) == len("one\ntwo")
    assert prose.find("two", Position(1)) == Position(2)
    assert prose.find("three", Position(1)) == Position(1)


def test_the_slip_of_a_year_is_told_and_an_old_source_is_not(tmp_path: Path) -> None:
    for day, told in ((date(2025, 11, 18), True), (date(2025, 2, 18), False)):
        cited = f"Cranes stopped. (*The Quay*, {day:%B} {day.day}, {day.year})"
        codes = [f.code for f in said(examined(tmp_path, f"## One\n\n{cited}\n"))]
        assert ("cite/old-date" in codes) == told
