"""What a good issue becomes."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from composer.errors import SourceError
from composer.model.finding import Severity
from composer.model.issue import (
    Button,
    Citation,
    Code,
    CodeBlock,
    Condition,
    Divider,
    Emphasis,
    Expression,
    Image,
    Issue,
    ItemList,
    LineBreak,
    Link,
    Note,
    Only,
    Paragraph,
    Position,
    Quote,
    Section,
    Source,
    Strong,
    Subheading,
    Table,
    Text,
    segments_named,
)
from composer.reading.issue_file import Vocabulary, inspect_issue, read_issue
from tests.unit.reading.samples import HEAD, VOCABULARY, codes, inspect, png

FULL = """---
schema: 1
number: 014
title: Harbour Watch No. 14
date: 2026-11-20
authors: [Mira Okafor, Jonas Lind]
categories: [Ports and Shipping, Energy]
subject:
  a: "Harbour Watch 14: a quiet strike"
  b: "What it changes for {{ subscriber.company | default('your company') }}"
ab_test: { sample: 20%, wait: 4h, metric: clicks }
preheader: Three ports, one tariff.
segments: [members]
archive: public
---

Dear {{ subscriber.first_name | default("reader") }},

## Dockers Pause Work {#dockers categories="Energy"}

Crane crews at *Lindö* stopped
**loading**. `{{ code }}`\\
Talks resume. (*The Quay Gazette*, November 18, 2026)

:::note
The port authority counts six hours.
:::

> A tariff nobody reads.

![Two idle cranes](images/cranes.png "Varsund on Tuesday"){width=560}

| Terminal | Hours |
|:---------|------:|
| Lindö    |     9 |

### Below

- one
- two

3. three

---

```
{{ literal }}
```

:::only segment=board
On [your page](https://portal.example/?c={{ subscriber.company }} "Portal").
:::

:::::only not=board
## For members

Order it.
:::::
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "2026-014"
    (home / "images").mkdir(parents=True)
    (home / "images" / "cranes.png").write_bytes(png(40, 20))
    return home


def test_the_front_matter_is_read_as_it_is_written(folder: Path) -> None:
    issue = _full(folder)

    assert (issue.id, issue.title, issue.number) == ("2026-014", "Harbour Watch No. 14", "014")
    assert issue.date == date(2026, 11, 20)
    assert issue.authors == ("Mira Okafor", "Jonas Lind")
    assert issue.categories == ("Ports and Shipping", "Energy")
    assert issue.preheader == ("Three ports, one tariff.",)
    assert issue.subjects == {
        "a": ("Harbour Watch 14: a quiet strike",),
        "b": (
            "What it changes for ",
            Expression("subscriber.company", "your company", Position(10, 27)),
        ),
    }
    assert issue.positions["date"] == Position(5)
    assert issue.positions["subject.b"] == Position(10, 3)


def test_every_block_of_the_format_has_its_type_and_its_place(folder: Path) -> None:
    issue = _full(folder)
    dockers = issue.sections[0]

    assert issue.introduction == (
        Paragraph(
            (
                Text("Dear "),
                Expression("subscriber.first_name", "reader", Position(17, 6)),
                Text(","),
            ),
            Position(17),
        ),
    )
    assert (dockers.id, dockers.heading) == ("dockers", (Text("Dockers Pause Work"),))
    assert dockers.blocks[:2] == (
        Paragraph(
            (
                Text("Crane crews at "),
                Emphasis((Text("Lindö"),)),
                Text(" stopped "),
                Strong((Text("loading"),)),
                Text(". "),
                Code("{{ code }}"),
                LineBreak(),
                Text("Talks resume."),
            ),
            Position(21),
        ),
        Citation((Source("The Quay Gazette", True, date(2026, 11, 18)),), Position(23, 15)),
    )
    assert [(type(block), block.at.line) for block in dockers.blocks[2:]] == [
        (Note, 25),
        (Quote, 29),
        (Image, 31),
        (Table, 33),
        (Subheading, 37),
        (ItemList, 39),
        (ItemList, 42),
        (Divider, 44),
        (CodeBlock, 46),
        (Only, 50),
    ]
    assert CodeBlock("{{ literal }}", Position(46)) in dockers.blocks


def test_lists_tables_and_links_keep_what_they_hold(folder: Path) -> None:
    blocks = _full(folder).sections[0].blocks
    table = next(block for block in blocks if isinstance(block, Table))
    bullets, numbers = (block for block in blocks if isinstance(block, ItemList))
    only = next(block for block in blocks if isinstance(block, Only))

    assert table.alignments == ("left", "right")
    assert table.header == ((Text("Terminal"),), (Text("Hours"),))
    assert table.rows == (((Text("Lindö"),), (Text("9"),)),)
    assert (bullets.start, numbers.start) == (None, 3)
    assert bullets.items[1] == (Paragraph((Text("two"),), Position(40, 3)),)
    assert only.condition == Condition(segment="board")
    paragraph = only.blocks[0]
    assert isinstance(paragraph, Paragraph)
    assert paragraph.children[1] == Link(
        (
            "https://portal.example/?c=",
            Expression("subscriber.company", None, Position(51, 42)),
        ),
        (Text("your page"),),
        "Portal",
        Position(51, 4),
    )


def test_a_condition_around_sections_is_theirs(folder: Path) -> None:
    issue = _full(folder)

    assert issue.sections[1] == Section(
        "for-members",
        (Text("For members"),),
        (Paragraph((Text("Order it."),), Position(57)),),
        (Condition(not_segment="board"),),
        Position(55),
    )
    assert segments_named(issue) == ("board",)


def test_conditions_around_sections_add_up(tmp_path: Path) -> None:
    text = "::::only segment=board\n:::only locale=de\n## A\n:::\n## B\n::::\n## C\n"
    issue = inspect(tmp_path, text).issue

    assert issue is not None
    board, german = Condition(segment="board"), Condition(locale="de")
    assert [section.conditions for section in issue.sections] == [(board, german), (board,), ()]


def test_fences_of_one_length_nest(tmp_path: Path) -> None:
    issue = inspect(
        tmp_path, ":::only segment=board\n:::note\nInner\n:::\nOuter\n:::\nAfter\n"
    ).issue

    assert issue is not None
    only, after = issue.introduction
    assert isinstance(only, Only)
    assert [type(block) for block in only.blocks] == [Note, Paragraph]
    assert isinstance(after, Paragraph)


def test_everyone_is_a_segment_of_every_site(tmp_path: Path) -> None:
    assert inspect(tmp_path, ":::only segment=everyone\nHello.\n:::\n").findings == ()


def test_buttons_and_images_may_stand_row_by_row(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(3, 2))
    text = "[A](https://a.example){.button}\n[**B**](https://b.example){.button}\n\n"
    text += "![One *fine* {{ subscriber.role }}](a.png)\n"
    text += "[![Two](a.png)](https://b.example){width=20}\n"
    issue = inspect(tmp_path, text).issue

    assert issue is not None
    first, second, one, two = issue.introduction
    assert isinstance(first, Button)
    assert isinstance(second, Button)
    assert second.children == (Strong((Text("B"),)),)
    assert isinstance(one, Image)
    assert isinstance(two, Image)
    assert one.alt == ("One fine ", Expression("subscriber.role", None, Position(8, 14)))
    assert one.file is not None
    assert (one.file.width, one.file.height, one.file.media_type) == (3, 2, "image/png")
    assert (two.target, two.width, two.at) == (("https://b.example",), 20, Position(9))


def test_a_remote_image_has_no_file(tmp_path: Path) -> None:
    issue = inspect(tmp_path, "![A crane](https://example.org/crane.png)\n").issue

    assert issue is not None
    image = issue.introduction[0]
    assert isinstance(image, Image)
    assert (image.source, image.file) == ("https://example.org/crane.png", None)


def test_ids_come_from_headings_and_are_unique(tmp_path: Path) -> None:
    text = "## Énergie & Co.\n\n## Energie Co\n\n## 雨\n\n## 2026\n\n## X {#energie-co-2}\n"
    issue = inspect(tmp_path, text).issue

    assert issue is not None
    ids = [section.id for section in issue.sections]
    assert ids == ["energie-co", "energie-co-3", "section-3", "s-2026", "energie-co-2"]


def test_comments_are_dropped_wherever_they_stand(tmp_path: Path) -> None:
    text = (
        "One <!-- {{ nothing }} --> two\n<!-- newsletter: ignore image/alt because\n\nit -->\nend\n"
    )
    issue = inspect(tmp_path, text).issue

    assert issue is not None
    assert [block.children for block in issue.introduction if isinstance(block, Paragraph)] == [
        (Text("One  two"),),
        (Text("end"),),
    ]


def test_text_is_kept_as_written_but_for_one_spelling_of_each_letter(tmp_path: Path) -> None:
    text = 'Zoe\u0308 said "no" -- twice... \\{{ so }} &amp; &lt;b&gt;\n'
    issue = inspect(tmp_path, text).issue

    assert issue is not None
    assert issue.introduction == (
        Paragraph((Text('Zoë said "no" -- twice... {{ so }} & <b>'),), Position(5)),
    )


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(folder: Path) -> None:
    path = folder / "issue.md"
    plain = _full(folder)

    path.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())

    assert read_issue(path, VOCABULARY) == plain


def test_the_locale_is_the_sites_unless_the_issue_names_one(tmp_path: Path) -> None:
    vocabulary = Vocabulary(None, frozenset(), locale="pt-BR")
    path = tmp_path / "issue.md"

    path.write_text(f"{HEAD}{{{{ subscriber.anything }}}}\n")
    assert read_issue(path, vocabulary).locale == "pt-BR"
    path.write_text(HEAD.replace("---\n", "---\nlocale: DE-at\n", 1))
    assert read_issue(path, vocabulary).locale == "de-AT"


def test_the_subject_is_the_title_when_there_is_none(tmp_path: Path) -> None:
    issue = inspect(tmp_path, "Text.\n").issue

    assert issue is not None
    assert issue.subjects == {"": ("Harbour Watch No. 14",)}


def test_a_file_that_is_not_there_is_one_readable_error(tmp_path: Path) -> None:
    for path in (tmp_path / "issue.md", tmp_path):
        with pytest.raises(SourceError, match=r"file/missing"):
            inspect_issue(path, VOCABULARY)


def test_a_link_to_a_file_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "issue.md").write_text(HEAD + "\nA secret.\n")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "draft.md").write_text(HEAD + "\nText.\n")
    path = tmp_path / "own" / "issue.md"
    path.symlink_to("../other/issue.md")

    with pytest.raises(SourceError, match="is a link to a file outside of its folder"):
        inspect_issue(path, VOCABULARY)

    path.unlink()
    path.symlink_to("draft.md")
    assert inspect_issue(path, VOCABULARY).findings == ()


def test_what_never_ends_is_not_read(tmp_path: Path) -> None:
    pipe, circle = tmp_path / "issue.md", tmp_path / "circle.md"
    os.mkfifo(pipe)
    circle.symlink_to("circle.md")

    with pytest.raises(SourceError, match="cannot be read: it is no regular file"):
        inspect_issue(pipe, VOCABULARY)
    with pytest.raises(SourceError, match=r"file/missing. cannot be read: \w+"):
        inspect_issue(circle, VOCABULARY)


def test_a_table_that_would_take_minutes_is_not_read(tmp_path: Path) -> None:
    head = "| a |" + " b |" * 19 + "\n|" + "---|" * 20 + "\n"

    for rows in ("| 1" * 20 + "|\n", "| 1 |\n"):  # short rows are filled up
        reading = inspect(tmp_path, f"{head}{rows * 600}")
        assert codes(reading) == ["text/too-long"]
        assert "cells; at most 10,000" in reading.findings[0].message
    assert codes(inspect(tmp_path, head + "| 1 |\n" * 300)) == []


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    reading = inspect(tmp_path, "word " * 400_001)

    assert codes(reading) == ["text/too-long"]


def test_a_paragraph_that_would_take_minutes_is_not_read(tmp_path: Path) -> None:
    assert codes(inspect(tmp_path, "[" * 100_000)) == ["text/too-long"]


def test_a_flood_of_findings_is_counted_and_not_told(tmp_path: Path) -> None:
    reading = inspect(tmp_path, "[x](y)\n\n" * 500)

    assert len(reading.findings) == 201
    assert reading.findings[-1].message == "300 more findings are not shown"


def test_an_issue_with_errors_is_no_issue(tmp_path: Path) -> None:
    reading = inspect(tmp_path, "[x](y)\n")

    assert reading.issue is None
    assert [finding.severity for finding in reading.findings] == [Severity.ERROR]


def _full(folder: Path) -> Issue:
    path = folder / "issue.md"
    path.write_text(FULL, "utf-8")
    return read_issue(path, VOCABULARY)


def test_an_issue_may_ask_for_a_template_of_the_site(tmp_path: Path) -> None:
    vocabulary = Vocabulary(None, frozenset(), templates=frozenset({"digest", "monitor"}))
    path = tmp_path / "issue.md"

    path.write_text(HEAD)
    assert read_issue(path, vocabulary).template == ""
    path.write_text(HEAD.replace("---\n", "---\ntemplate: digest\n", 1))
    assert read_issue(path, vocabulary).template == "digest"


def test_a_template_that_is_not_there_is_told_with_its_place_and_the_one_meant(
    tmp_path: Path,
) -> None:
    vocabulary = Vocabulary(None, frozenset(), templates=frozenset({"digest", "monitor"}))
    path = tmp_path / "issue.md"
    path.write_text(HEAD.replace("---\n", "---\ntemplate: digets\n", 1))

    [finding] = inspect_issue(path, vocabulary).findings

    assert (finding.code, finding.line, finding.column) == ("meta/template", 2, 11)
    assert finding.message == "template: there is no template 'digets'"
    assert finding.hint == "did you mean 'digest'?"


def test_more_expressions_than_marks_for_them_are_told(tmp_path: Path) -> None:
    reading = inspect(tmp_path, "\n\n".join(["{{issue.id}} " * 1000] * 140))

    assert "merge/too-many" in codes(reading)


@pytest.mark.parametrize("end", ["\n", "\\\n> ", "\n> ", "\n>\n> "])
def test_a_last_line_of_a_quote_that_begins_with_a_dash_is_its_speaker(
    end: str, tmp_path: Path
) -> None:
    issue = inspect(tmp_path, f"> A *harbour* is\n> a promise.{end}— Ane Dahl\n").issue

    assert issue is not None
    (quote,) = issue.introduction
    assert isinstance(quote, Quote)
    promise, speaker = quote.blocks
    assert isinstance(promise, Paragraph)
    assert promise.children[-1] == Text(" is a promise.")
    assert isinstance(speaker, Paragraph)
    assert speaker.children == (Text("— Ane Dahl"),)


def test_a_dash_amid_a_line_of_a_quote_names_no_speaker(tmp_path: Path) -> None:
    issue = inspect(tmp_path, "> A harbour\n> — a promise\n> — waits.\n").issue

    assert issue is not None
    (quote,) = issue.introduction
    assert isinstance(quote, Quote)
    assert len(quote.blocks) == 2
