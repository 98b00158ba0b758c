from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from composer.model.issue import Citation, Issue, Note, Paragraph, Section
from composer.reading.importing.imported import Imported
from composer.reading.importing.old_issue import import_issue
from composer.reading.issue_file import Reading, Vocabulary, inspect_issue

TODAY = date(2026, 11, 23)
REAL = Path(__file__).parents[4] / "shared" / "real"

OLD = """\

PORT EXAMPLE INSTITUTE



Harbour Bulletin No. 0417

March 7, 2025 Ana M. Diaz, Bo Ek, Jr., and Carla Reyes-Holm

Related Categories: Ports and Shipping; Energy; U.S. Policy

VARSUND AND THE EU: A QUIET DEAL ON LNG

The U.S. envoy said: the LNG deal "really started when [Varsund] asked." It has 5 * 3 berths.

McIntyre of the WTO disagreed. (*The Quay Gazette*, March 5, 2025)

MCINTYRE'S CASE AGAINST O'BRIEN – AND FOR THE PILOTS

1. is how this line starts
- and this one
# and this
> and this (Tidewater Review, March 6, 2025) [EDITORS’ NOTE: The review was *late*.

Its second paragraph, with [brackets] inside.] A word after the note: a_b_c, <b>, {{ x }}, &amp;.

• First point
• Second point, and
  its second line

© 2025 - Port Example Institute
"""


def imported(text: str = OLD) -> Imported:
    return import_issue(text, kind="text", today=TODAY)


def reading(tmp_path: Path, made: Imported) -> Reading:
    path = tmp_path / "issue.md"
    path.write_text(made.markdown, "utf-8")
    return inspect_issue(path, Vocabulary(fields=None, segments=frozenset()))


def issue(tmp_path: Path, made: Imported) -> Issue:
    read = reading(tmp_path, made)
    assert not read.findings, read.findings
    assert read.issue is not None
    return read.issue


def test_the_masthead_becomes_front_matter(tmp_path: Path) -> None:
    made = issue(tmp_path, imported())

    assert made.title == "Harbour Bulletin No. 0417"
    assert made.number == "0417"
    assert made.date == date(2025, 3, 7)
    assert made.authors == ("Ana M. Diaz", "Bo Ek, Jr.", "Carla Reyes-Holm")
    assert made.categories == ("Ports and Shipping", "Energy", "U.S. Policy")
    assert imported().issue_name == "0417"


def test_headings_in_capitals_become_readable_and_keep_what_is_peculiar() -> None:
    headings = re.findall(r"^## (.*)", imported().markdown, re.MULTILINE)

    assert headings == [
        "Varsund and the EU: A Quiet Deal on LNG",
        "McIntyre's Case Against O'Brien – And for the Pilots",
    ]


def test_citations_and_notes_are_typed(tmp_path: Path) -> None:
    sections = issue(tmp_path, imported()).sections

    first = sections[0].blocks[-1]
    assert isinstance(first, Citation)
    assert (first.sources[0].name, first.sources[0].italic) == ("The Quay Gazette", True)
    assert first.sources[0].published == date(2025, 3, 5)
    notes = [block for block in sections[1].blocks if isinstance(block, Note)]
    assert len(notes) == 1
    assert len(notes[0].blocks) == 2


def test_what_is_left_out_is_named_with_its_line_and_why() -> None:
    made = imported()

    assert [(entry.line, entry.text) for entry in made.left_out] == [
        (2, "PORT EXAMPLE INSTITUTE"),
        (8, "March 7, 2025"),
        (8, "and"),
        (10, "Related Categories:"),
        (23, "[EDITORS’ NOTE:"),
        (31, "© 2025 - Port Example Institute"),
    ]
    assert all(entry.why for entry in made.left_out)


def test_a_copyright_of_another_year_than_the_issues_stays_in_the_text() -> None:
    made = imported(OLD.replace("© 2025", "© 2026"))

    assert made.markdown.rstrip().endswith("© 2026 - Port Example Institute")
    assert not any("©" in entry.text for entry in made.left_out)


def test_counts_say_what_a_person_would_count() -> None:
    counts = imported().counts

    assert (counts.sections, counts.citations, counts.notes) == (2, 2, 1)


def test_text_that_markdown_would_misread_stays_text(tmp_path: Path) -> None:
    second = issue(tmp_path, imported()).sections[1]
    paragraph = second.blocks[0]
    assert isinstance(paragraph, Paragraph)
    words = "".join(getattr(inline, "text", "") for inline in paragraph.children)

    assert words.startswith("1. is how this line starts - and this one # and this > and this")
    made = imported().markdown
    assert "5 \\* 3" in made
    assert "a_b_c, \\<b>, \\{\\{ x }}, \\&amp;." in made


def test_bullets_become_a_list() -> None:
    assert "- First point\n- Second point, and\n  its second line" in imported().markdown


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("April 5, 2024", ()),
        ("5 April 2024 By Ana Diaz and Bo Ek", ("Ana Diaz", "Bo Ek")),
        ("2024-04-05 | Ana Diaz", ("Ana Diaz",)),
        ("Friday, April 5th, 2024\nAna Diaz, Bo Ek", ("Ana Diaz", "Bo Ek")),
        ("Apr. 5, 2024 – Ana Diaz & Bo Ek", ("Ana Diaz", "Bo Ek")),
    ],
)
def test_dates_and_authors_are_read_as_mastheads_write_them(
    tmp_path: Path, line: str, authors: tuple[str, ...]
) -> None:
    made = issue(tmp_path, imported(f"The Bulletin No. 9\n\n{line}\n\nTHE NEWS\n\nIt rained.\n"))

    assert made.date == date(2024, 4, 5)
    assert made.authors == authors


@pytest.mark.parametrize("line", ["April 31, 2024 Ana Diaz", "Aprilish 5, 2024", "Some day"])
def test_a_day_that_never_was_is_told_and_today_written(line: str) -> None:
    made = imported(f"The Bulletin No. 9\n\n{line}\n\nTopics: Rain\n\nTHE NEWS\n\nIt rained.\n")

    assert "date: 2026-11-23" in made.markdown
    assert line in [entry.text for entry in made.left_out]
    assert any("today" in entry.why for entry in made.left_out)


@pytest.mark.parametrize(
    "label",
    ["EDITORS' NOTE:", "EDITORS’ NOTE:", "EDITOR'S NOTE:", "EDITOR’S NOTE -", "Editors' Note:"],
)
def test_every_spelling_of_an_editors_note_is_one(tmp_path: Path, label: str) -> None:
    made = imported(f"THE NEWS\n\nIt rained. [{label} It poured.]\n")

    blocks = issue(tmp_path, made).sections[0].blocks
    assert [type(block) for block in blocks] == [Paragraph, Note]


def test_a_note_that_is_never_closed_stays_text(tmp_path: Path) -> None:
    made = imported("THE NEWS\n\nIt rained. [EDITORS' NOTE: It poured.\n")

    assert ":::note" not in made.markdown
    assert "EDITORS' NOTE: It poured." in made.markdown.replace("\n\n", " ")
    issue(tmp_path, made)


def test_a_text_without_a_masthead_loses_nothing(tmp_path: Path) -> None:
    made = imported("It rained.\n\nTHE NEWS\n\nIt poured.\n")

    read = issue(tmp_path, made)
    assert read.title == "It rained."
    assert len(read.introduction) == 1
    assert [type(section) for section in read.sections] == [Section]


def test_addresses_on_the_web_become_links(tmp_path: Path) -> None:
    made = imported("THE NEWS\n\nSee https://quay.example/a_b?c=1&d=2, or (http://x.example).\n")

    assert "<https://quay.example/a_b?c=1&d=2>, or (<http://x.example>)." in made.markdown
    assert not [f for f in reading(tmp_path, made).findings if f.severity == "error"]


def test_hidden_characters_are_dropped_and_told(tmp_path: Path) -> None:
    made = imported("THE NEWS\n\nIt\x00 rai\u202ened.\r\nIt poured.\n")

    assert "It rained.\nIt poured." in made.markdown
    assert any("2 control characters" in entry.text for entry in made.left_out)
    issue(tmp_path, made)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real issue is not beside this checkout")
def test_the_real_issue_comes_through_whole(tmp_path: Path) -> None:
    text = next(REAL.glob("*.txt")).read_text("utf-8")
    made = imported(text)
    read = issue(tmp_path, made)

    counts = made.counts
    assert (counts.sections, counts.citations, counts.notes) == (4, 4, 1)
    assert len(read.authors) == 3
    assert len(read.categories) == 11
    paragraphs = [part for part in text.split("\n\n") if len(part) > 300 and "Related" not in part]
    flat = made.markdown.replace("\n", " ")
    for paragraph in paragraphs:
        assert paragraph.split("(")[0].strip() in flat
