from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from composer.model.issue import Button, Image, Issue, ItemList, Quote, Table
from composer.reading.importing.imported import Imported
from composer.reading.importing.old_issue import import_issue
from composer.reading.issue_file import Vocabulary, inspect_issue

TODAY = date(2026, 11, 23)

LETTER = """\
<!doctype html><html lang="en-gb"><head><title>Harbour Watch No. 3 | Web</title><style>p{}</style>
<meta name="author" content="Ana Diaz and Bo Ek"></head>
<body><div style="display:none">A first look &zwnj;&nbsp;&zwnj;</div>
<table role="presentation"><tr><td><h1>Harbour Watch No. 3</h1><p>3 May 2024</p></td></tr>
<tr><td><h2>Ships &amp; <em>Sea</em></h2>
<p>Hello <b>World:</b>you <i> there </i>! <a href="https://x.example/a_(b)?q={{x}}">link *here*</a>
[x]<span>(y)</span><br>- not a list<br>1. nor that {{ user.name }}</p>
<p>Look!<a href="https://a.example">https://a.example</a> <a href="javascript:alert(1)">bad</a></p>
<ul><li>One<ol start="3"><li>Inner</li><li><p>Two</p><p>Three</p></li></ol></li><li>Four</li></ul>
<blockquote><p>A quote</p><p>— Me</p></blockquote>
<table><tr><th>Port</th><th>Ships</th></tr><tr><td>a|b</td><td align="right">3</td></tr></table>
<a href="https://b.example"><img src="https://i.example/p.png" alt="A [pic]"></a>
<img src="data:image/png;base64,AAA" alt="gone"><img src="https://t.example/o.gif" width="1">
<pre>code   here
 more `ticks`</pre><hr><script>alert(1)</script><!-- a remark -->
<p><a class="btn" href="https://c.example">Press</a></p>
<p>© 2024 Harbour</p><p><a href="https://u.example">Unsubscribe</a></p>
</td></tr></table></body></html>
"""


def imported(text: str = LETTER) -> Imported:
    return import_issue(text, kind="html", today=TODAY)


def body(html: str) -> str:
    made = imported(f"<html><body>{html}</body></html>").markdown
    return made.split("---\n", 2)[2].strip()


@pytest.fixture
def issue(tmp_path: Path) -> Issue:
    path = tmp_path / "issue.md"
    path.write_text(imported().markdown, "utf-8")
    reading = inspect_issue(path, Vocabulary(fields=None, segments=frozenset()))
    assert not reading.findings, reading.findings
    assert reading.issue is not None
    return reading.issue


def test_the_head_becomes_front_matter(issue: Issue) -> None:
    assert (issue.title, issue.number) == ("Harbour Watch No. 3", "3")
    assert issue.date == date(2024, 5, 3)
    assert issue.authors == ("Ana Diaz", "Bo Ek")
    assert issue.preheader == ("A first look",)
    assert issue.locale == "en-GB"


def test_every_kind_of_block_comes_through(issue: Issue) -> None:
    kinds = [type(block) for block in issue.sections[0].blocks]

    assert len(issue.sections) == 1
    for kind in (ItemList, Quote, Table, Image, Button):
        assert kinds.count(kind) == 1
    table = next(block for block in issue.sections[0].blocks if isinstance(block, Table))
    assert table.alignments == ("", "right")
    image = next(block for block in issue.sections[0].blocks if isinstance(block, Image))
    assert image.target == ("https://b.example",)


def test_what_is_left_out_is_named_with_its_line() -> None:
    left = {(entry.line, entry.text.split(" ")[0]) for entry in imported().left_out}

    assert left == {
        (1, "Harbour") if (1, "Harbour") in left else (4, "Harbour"),
        (4, "3"),
        (8, "javascript:alert(1)"),
        (13, "data:image/png;base64,AAA"),
        (13, "https://t.example/o.gif"),
        (15, "a"),
        (17, "©"),
        (17, "[Unsubscribe](https://u.example)"),
    }
    assert "alert(1)" not in imported().markdown


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>a <b>b</b> c</p>", "a **b** c"),
        ("<p>a<b> b </b>c</p>", "a **b** c"),
        ("<p><b>Note:</b>text</p>", "**Note**:text"),
        ("<p><b>a</b><b>b</b></p>", "**ab**"),
        ("<p><b></b>a</p>", "a"),
        ("<p><b>a <i>b</i></b></p>", "**a *b***"),
        ("<p>Look!<a href='https://x.example'>here</a></p>", "Look\\![here](https://x.example)"),
        ("<p>[a]<b></b>(b)</p>", "[a\\](b)"),
        ("<p><a href='#x'>inside</a></p>", "inside"),
        ("<p><a href='mailto:a@x.example'>mail</a></p>", "[mail](mailto:a@x.example)"),
        ("<p>https://x.example/a_b_c</p>", "<https://x.example/a_b_c>"),
        ("<p><code>a`b</code></p>", "``a`b``"),
        ("<p>a<br><br>b</p>", "a\\\nb"),
        ("<p>*not* _this_</p>", "\\*not\\* \\_this\\_"),
        ("<ul>loose<li>a</li></ul>", "- a\n- loose"),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", "- a\n  - b"),
        ("<blockquote>a<br>b</blockquote>", "> a\\\n> b"),
        ("<h3>a</h3><h4>b</h4>", "## a\n\n### b"),
        ("<div>a<div>b</div>c</div>", "a\n\nb\n\nc"),
        ("<table><tr><td>a</td></tr><tr><td><p>b</p><p>c</p></td></tr></table>", "a\n\nb\n\nc"),
        (
            "<p>a<img src='https://x.example/i.png' alt='i'>b</p>",
            "ab\n\n![i](https://x.example/i.png)",
        ),
    ],
)
def test_html_becomes_the_markdown_that_says_the_same(html: str, markdown: str) -> None:
    assert body(html) == markdown


def test_a_figure_in_a_column_of_its_own_is_a_table_and_a_layout_is_not() -> None:
    figures = "<table><tr><td>Port</td><td>Ships</td></tr><tr><td>Lindö</td><td>3</td></tr></table>"

    assert body(figures).splitlines()[0] == "| Port | Ships |"
    assert "|" not in body(figures.replace("<table>", '<table role="presentation">'))


def test_a_deep_document_does_not_end_in_a_traceback() -> None:
    made = imported("<div>a" * 5000)

    assert re.search(r"\ba\b", made.markdown)


def test_what_is_nested_too_deeply_gives_its_words() -> None:
    made = imported("<p>First.</p>" + "<blockquote>" * 400 + "Then.")

    assert "First." in made.markdown
    assert [entry.text for entry in made.left_out if "too deeply" in entry.why] == ["(its form)"]
