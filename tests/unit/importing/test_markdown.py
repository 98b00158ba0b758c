from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from composer.reading.importing.imported import Imported
from composer.reading.importing.old_issue import import_issue
from composer.reading.issue_file import Reading, Vocabulary, inspect_issue

TODAY = date(2026, 11, 23)


def imported(text: str) -> Imported:
    return import_issue(text, kind="markdown", today=TODAY)


def reading(tmp_path: Path, made: Imported) -> Reading:
    path = tmp_path / "issue.md"
    path.write_text(made.markdown, "utf-8")
    return inspect_issue(path, Vocabulary(fields=None, segments=frozenset()))


def body(text: str) -> str:
    return imported(text).markdown.split("---\n", 2)[2].strip()


FRONTS = [
    """---
subject: "Harbour Watch: a quiet strike"
publish_date: 2024-05-03T10:00:00Z
tags: [ports, energy]
author: Ana Diaz and Bo Ek
description: Nine hours.
status: draft
slug: quiet-strike
---
""",
    """+++
title = "Harbour Watch: a quiet strike"
date = 2024-05-03
categories = ["ports", "energy"]
authors = ["Ana Diaz", "Bo Ek"]
summary = "Nine hours."
status = "draft"
slug = "quiet-strike"
+++
""",
]


@pytest.mark.parametrize("front", FRONTS, ids=["yaml", "toml"])
def test_the_keys_of_other_tools_become_ours(tmp_path: Path, front: str) -> None:
    made = imported(f"{front}\nText.\n")
    issue = reading(tmp_path, made).issue

    assert issue is not None
    assert issue.title == "Harbour Watch: a quiet strike"
    assert issue.date == date(2024, 5, 3)
    assert issue.categories == ("ports", "energy")
    assert issue.authors == ("Ana Diaz", "Bo Ek")
    assert issue.preheader == ("Nine hours.",)
    assert made.issue_name == "quiet-strike"
    assert [(entry.line, entry.text) for entry in made.left_out] == [
        (7, "status: draft"),
    ]


def test_the_first_heading_is_the_title_and_the_others_move_to_their_levels() -> None:
    made = imported("Mine\n====\n\nText\n\n# One #\n\n### Deep\n\nTwo\n---\n")

    assert "title: Mine\n" in made.markdown
    assert made.markdown.endswith("\n\nText\n\n## One\n\n#### Deep\n\n### Two\n")


def test_comments_and_html_go_or_become_markdown() -> None:
    made = imported(
        "A <b>bold</b> word<br>and <a href='https://x.example'>more</a>, `<i>code</i>`.\n"
        "<!-- a\nremark --><div class='x'>kept</div>\n<script>alert(1)</script>\n\n"
        "```\n<b>code</b> {{ x }}\n```\n"
    )

    assert "A **bold** word\\\nand [more](https://x.example), `<i>code</i>`." in made.markdown
    assert "kept" in made.markdown
    assert "```\n<b>code</b> {{ x }}\n```" in made.markdown
    assert [entry.text for entry in made.left_out if entry.line > 1] == [
        "<!-- a remark -->",
        "<div class='x'>",
        "</div>",
        "<script>alert(1)</script>",
    ]


def test_our_expressions_stay_and_those_of_other_tools_become_text(tmp_path: Path) -> None:
    ours = 'Dear {{ subscriber.first_name | default("reader") }},'
    made = imported(f"{ours}\n\n{{{{ .Subscriber.Name }}}} {{% if x %}} no {{% endif %}}\n")

    assert ours in made.markdown
    assert "\\{\\{ .Subscriber.Name }}" in made.markdown
    assert not reading(tmp_path, made).findings


def test_images_get_paragraphs_of_their_own() -> None:
    image = '![a](https://x.example/a.png "Cap"){width=300}'
    link = "[![b](https://x.example/b.png)](https://x.example)"

    assert body(f"See {image} here.\n{link}\nnext") == f"See\n\n{image}\n\nhere.\n\n{link}\n\nnext"


def test_pictures_inside_the_text_itself_are_left_out_and_told() -> None:
    made = imported("![dot](data:image/png;base64,AAAA)\n\n![ours](images/x.png)\n")

    assert made.pictures == ("images/x.png",)
    assert any(entry.text.startswith("data:image/png") for entry in made.left_out)


def test_front_matter_that_cannot_be_read_stays_text() -> None:
    assert "x: [" in imported("---\nx: [\n---\n\nText\n").markdown
