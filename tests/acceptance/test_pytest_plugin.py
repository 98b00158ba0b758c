"""The fixtures that a newsletter's own tests use, in a pytest of their own."""

from __future__ import annotations

import os
import shutil
import time
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.servers.forked import Nursery, Order

pytest_plugins = "pytester"

ROOT = Path(__file__).parents[2]
ISSUE = """\
---
schema: 1
number: 1
title: Harbour Watch No. 1
date: 2026-11-20
subject:
  a: A quiet strike
  b: A quiet strike, {{ subscriber.first_name | default("reader") }}
preheader: Three ports and one tariff, quietly.
---

Dear {{ subscriber.first_name | default("reader") }},

## The Strike {#strike}

It was quiet.

:::only segment=board
The paper is [on your page](https://portal.example.org/1).
:::
"""
GERMAN = """\
---
locale: de
title: Hafenwacht Nr. 1
subject: {a: Ein stiller Streik, b: Ein stiller Streik}
preheader: Drei Häfen und ein Zoll.
---

Guten Tag,

## Der Streik {#strike}

Es war still.
"""
PERSONA = """
[personas.chair]
first_name = "Amira <b>"
role = "board"
variant = "b"
"""


@pytest.fixture
def site(
    pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """A site at rootdir, and the plugin found by its entry point as in an installed package."""
    installed = tmp_path / "newsletter_fixtures-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: newsletter-fixtures\nVersion: 1\n"
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    points = project["entry-points"]["pytest11"]
    lines = ["[pytest11]", *(f"{name} = {module}" for name, module in points.items())]
    (installed / "entry_points.txt").write_text("\n".join(lines) + "\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(installed.parent), str(ROOT)]))
    others = {point.name for point in entry_points(group="pytest11")} - points.keys()
    # They are our tests' own, and to import them takes longer than everything else here.
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(f"-p no:{name}" for name in sorted(others)))
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    shutil.copytree(ROOT / "tests" / "rules" / "base", pytester.path, dirs_exist_ok=True)
    (pytester.path / "issues" / "one" / "issue.md").write_text(ISSUE, "utf-8")
    (pytester.path / "issues" / "one" / "issue.de.md").write_text(GERMAN, "utf-8")
    toml = pytester.path / "newsletter.toml"
    toml.write_text(toml.read_text("utf-8") + PERSONA, "utf-8")
    return pytester


def run(site: pytest.Pytester, nursery: Nursery, *words: str) -> pytest.RunResult:
    """What `pytest` says there, in a process that needs not read composer's modules."""
    began_s = time.monotonic()
    there = ("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning")
    order = Order("pytest", (*there, *words), str(site.path), dict(os.environ))
    process = nursery.start(order)
    out, err = process.communicate()
    took_s = time.monotonic() - began_s
    return pytest.RunResult(process.wait(), out.splitlines(), err.splitlines(), took_s)


def test_an_issue_is_rendered_as_each_reader_gets_it(site: pytest.Pytester) -> None:
    site.makepyfile(
        """
        def test_for_nobody_in_particular(render_issue):
            one = render_issue("one")
            assert one.subject == "A quiet strike"
            assert one.preheader == "Three ports and one tariff, quietly."
            assert "Dear reader," in one.text
            assert "portal.example.org" not in one.html + one.text
            assert one.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            assert one.message.get_content_type() == "multipart/alternative"
            assert b"\\r\\n" in one.eml

        def test_for_a_persona_values_are_text_and_no_markup(render_issue):
            one = render_issue("one", as_="chair")
            assert one.subject == "A quiet strike, Amira <b>"
            assert "Dear Amira <b>," in one.text
            assert "Amira &lt;b&gt;" in one.html
            assert "https://portal.example.org/1" in one.text

        def test_for_a_segment_a_language_and_a_variant(render_issue):
            assert "portal.example.org" in render_issue("one", segment="board").html
            assert render_issue("one", locale="de").subject == "Ein stiller Streik"
            assert render_issue("one", variant="b").subject == "A quiet strike, reader"
        """
    )

    site.runpytest_subprocess().assert_outcomes(passed=3)


def test_what_the_checks_say_is_told_without_a_traceback(
    site: pytest.Pytester, nursery: Nursery
) -> None:
    issue = site.path / "issues" / "one" / "issue.md"
    issue.with_name("issue.de.md").unlink()
    issue.write_text(ISSUE + "\n[Old](http://old.example.org/)\n", "utf-8")
    site.makepyfile(
        """
        def test_findings_are_data(check_issue):
            (finding,) = check_issue("one")
            assert (finding.code, finding.severity) == ("link/insecure", "warning")
            assert finding.path.name == "issue.md"

        def test_what_was_chosen(assert_no_findings):
            assert_no_findings("one", ignore=["link/insecure"])
            assert_no_findings("one", select=["image"])
            assert_no_findings("one", fail_on="error")

        def test_everything(assert_no_findings):
            assert_no_findings("one")
        """
    )

    ran = run(site, nursery)

    ran.assert_outcomes(passed=2, failed=1)
    ran.stdout.fnmatch_lines(["*issue.md:*: warning?link/insecure? http://old.example.org/*"])
    ran.stdout.no_fnmatch_line("*composer/pytest_plugin.py*")


def test_a_mistake_is_one_readable_failure(site: pytest.Pytester, nursery: Nursery) -> None:
    mistakes = {
        'render_issue("two")': "there is no issue 'two'",
        'render_issue("one", as_="chiar")': "chiar",
        'render_issue("one", segment="bord")': "there is no segment 'bord'",
        'render_issue("one", variant="z")': "no variant 'z'",
        'render_issue("broken")': "*broken/issue.md:1:1: error",
    }
    (site.path / "issues" / "broken").mkdir()
    (site.path / "issues" / "broken" / "issue.md").write_text("no front matter\n")
    tests = (f"def test_{n}(render_issue):\n    {call}\n" for n, call in enumerate(mistakes))
    site.makepyfile("\n".join(tests))

    ran = run(site, nursery)

    ran.assert_outcomes(failed=len(mistakes))
    ran.stdout.fnmatch_lines([f"*{told}*" for told in mistakes.values()])
    ran.stdout.no_fnmatch_line("*Traceback*")
    ran.stdout.no_fnmatch_line("*def render*")


def test_a_site_may_stand_elsewhere(site: pytest.Pytester, nursery: Nursery) -> None:
    inner = site.path / "mail"
    inner.mkdir()
    for name in ("newsletter.toml", "issues"):
        shutil.move(site.path / name, inner / name)
    site.makepyfile('def test_it(render_issue):\n    assert render_issue("one").html\n')

    without = run(site, nursery)
    by_option = run(site, nursery, "--newsletter-site", "mail")
    site.makeini("[pytest]\nnewsletter_site = mail\n")
    by_ini = run(site, nursery)

    without.assert_outcomes(errors=1)
    without.stdout.fnmatch_lines(["*there is no newsletter.toml in *"])
    by_option.assert_outcomes(passed=1)
    by_ini.assert_outcomes(passed=1)


def test_tests_that_do_not_ask_for_it_do_not_pay_for_it(site: pytest.Pytester) -> None:
    site.makepyfile(
        """
        import sys

        def test_nothing_of_composer_but_the_plugin_is_there():
            ours = {name for name in sys.modules if name.partition(".")[0] == "composer"}
            assert ours == {"composer", "composer.pytest_plugin"}
            heavy = {"click", "jinja2", "lxml", "sqlalchemy", "premailer", "markdown_it"}
            assert not heavy & set(sys.modules)
        """
    )

    site.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_fixtures_explain_themselves(site: pytest.Pytester, nursery: Nursery) -> None:
    listed = run(site, nursery, "--fixtures").stdout.str()
    helped = run(site, nursery, "--help").stdout.str()

    # Other packages' plugins are listed too, and not all of them explain theirs.
    ours = listed.split(" fixtures defined from composer.pytest_plugin ")[1].split("\n-----")[0]
    for name in ("newsletter_site", "render_issue", "check_issue", "assert_no_findings"):
        assert name in ours
    assert "--newsletter-site=DIR" in helped
    assert "no docstring available" not in ours


def test_the_how_to_s_tests_pass_on_our_own_site(site: pytest.Pytester, nursery: Nursery) -> None:
    page = ROOT / "docs" / "how-to" / "test-a-newsletter-with-pytest.md"
    program = page.read_text("utf-8").split("```python\n")[1].split("```")[0]
    for name in ("newsletter.toml", "issues", "email_templates"):
        copied = site.path / name
        shutil.rmtree(copied) if copied.is_dir() else copied.unlink(missing_ok=True)
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copied)
    site.makepyfile(test_issues=program)
    issues = len(list(site.path.glob("issues/*/issue.md")))

    run(site, nursery).assert_outcomes(passed=issues + 2)
