"""Sources in parentheses, and parentheses that are none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from composer.model.issue import Citation, Paragraph, Source, Text
from tests.unit.reading.samples import codes, inspect


@pytest.mark.parametrize(
    ("written", "sources"),
    [
        ("(*The Quay Gazette*, November 18, 2026)", [("The Quay Gazette", True, (2026, 11, 18))]),
        ("(_Post_, May 1, 2024)", [("Post", True, (2024, 5, 1))]),
        ("(Reuters, April 1, 2024)", [("Reuters", False, (2024, 4, 1))]),
        ("(C4isr.net, March 27, 2024)", [("C4isr.net", False, (2024, 3, 27))]),
        ("(Bach & Söhne, Nov. 3, 2024)", [("Bach & Söhne", False, (2024, 11, 3))]),
        ("(tagesschau, 3.5.2024)", [("tagesschau", False, (2024, 5, 3))]),
        ("(al-Monitor, 3 May 2024)", [("al-Monitor", False, (2024, 5, 3))]),
        ("(*Le Monde* , Sept. 3, 2024)", [("Le Monde", True, (2024, 9, 3))]),
        (
            "(Observatory for the Rights of Ports, May 1, 2024)",
            [("Observatory for the Rights of Ports", False, (2024, 5, 1))],
        ),
        ("(*The\nQuay Gazette*, November\n18, 2026)", [("The Quay Gazette", True, (2026, 11, 18))]),
        (
            "(*Post*; Radio 4, May 1, 2024)",
            [("Post", True, None), ("Radio 4", False, (2024, 5, 1))],
        ),
    ],
)
@pytest.mark.parametrize("before", ["Talks resume. ", "Talks resume.\n", "Talks resume.\\\n"])
def test_a_citation_is_cut_from_the_end_of_its_paragraph(
    before: str,
    written: str,
    sources: list[tuple[str, bool, tuple[int, int, int] | None]],
    tmp_path: Path,
) -> None:
    issue = inspect(tmp_path, before + written).issue

    assert issue is not None
    paragraph, citation = issue.introduction
    assert isinstance(paragraph, Paragraph)
    assert paragraph.children == (Text("Talks resume."),)
    assert isinstance(citation, Citation)
    assert citation.sources == tuple(
        Source(name, italic, date(*when) if when else None) for name, italic, when in sources
    )


@pytest.mark.parametrize(
    "text",
    [
        "It ended (on Tuesday, March 3, 2024)",
        "It ended (Tuesday, March 3, 2024)",
        "It waits (until March 3, 2024)",
        "Sie wartet (bis 3. 5. 2024)",
        "It ended (the strike was over on Tuesday, November 18, 2026)",
        "It ended (*Times* (Oslo), May 1, 2024)",
        "It ended (He left the office, May 1, 2024)",
        "It ended (see Reuters)",
        "It ended (Reuters, 2024)",
        "It ended (Reuters, Room 12, 2024)",
        "It ended (Reuters, April 1, 2024), they said",
        "It ended \\(Reuters, April 1, 2024)",
        "It ended `(Reuters, April 1, 2024)`",
        "It ended ([Reuters](https://example.org), April 1, 2024)",
        "It ended ({{ subscriber.company }}, April 1, 2024)",
        "(",
        ")",
        "()",
    ],
)
def test_ordinary_parentheses_stay_in_the_text(text: str, tmp_path: Path) -> None:
    reading = inspect(tmp_path, text)

    assert reading.findings == ()
    assert reading.issue is not None
    assert [type(block) for block in reading.issue.introduction] == [Paragraph]


def test_citations_may_follow_each_other_and_stand_alone(tmp_path: Path) -> None:
    text = "A. (Reuters, May 1, 2024) (*Post*, May 2, 2024)\n\n- B.\n  (*Post*, May 3, 2024)\n\n"
    issue = inspect(tmp_path, text + "(Reuters, May 4, 2024)\n").issue

    assert issue is not None
    first, second = (block for block in issue.introduction[1:3] if isinstance(block, Citation))
    assert (first.sources[0].name, second.sources[0].name) == ("Reuters", "Post")
    assert isinstance(issue.introduction[-1], Citation)
    assert len(issue.introduction) == 5


def test_a_date_that_does_not_exist_is_told(tmp_path: Path) -> None:
    assert codes(inspect(tmp_path, "A. (Reuters, April 31, 2024)")) == ["cite/date"]
    assert codes(inspect(tmp_path, "A. (Reuters, Febuary 3, 2024)")) == ["cite/date"]
