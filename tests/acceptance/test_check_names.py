"""`newsletter check` of one part of a site: issues, templates, newsletter.toml, or all of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.acceptance.conftest import SiteFolder

WRONG = "<mjml><mj-body><mj-section><mj-column><mj-texte>{{ issue.title }}</mj-texte>"
END = "</mj-column></mj-section></mj-body></mjml>\n"


@pytest.fixture
def own(site: SiteFolder) -> SiteFolder:
    """With a mistake in each part: two templates, newsletter.toml and the issue."""
    site.write("email_templates/ours.mjml.j2", WRONG + END)
    site.write("email_templates/pieces/part.j2", "{{ issue.title | uper }}\n")
    site.write("email_templates/README.md", "Ours.\n")
    site.configure('\n[checks.severity]\n"link/insecur" = "error"\n')
    issue = site.folder / "issues" / "2026-014" / "issue.md"
    site.write("issues/2026-014/issue.md", issue.read_text() + "\nSee [it](http://a.example.net)\n")
    return site


def files(own: SiteFolder, *names: str) -> set[str]:
    """The files with findings."""
    findings = own.run("--json", "check", *names).document["findings"]
    return {Path(f["path"]).resolve().relative_to(own.folder).as_posix() for f in findings}


OURS, PART = "email_templates/ours.mjml.j2", "email_templates/pieces/part.j2"
TOML, ISSUE = "newsletter.toml", "issues/2026-014/issue.md"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ((), {OURS, PART, TOML, ISSUE}),
        ((".",), {OURS, PART, TOML, ISSUE}),
        (("email_templates",), {OURS, PART}),
        (("email_templates/",), {OURS, PART}),
        (("email_templates/pieces",), {PART}),
        ((OURS,), {OURS}),
        ((TOML,), {TOML}),
        (("issues",), {ISSUE}),
        (("2026-014",), {ISSUE}),
        ((ISSUE, PART, OURS, OURS), {ISSUE, PART, OURS}),
    ],
)
def test_what_is_named_is_checked_and_nothing_else(
    own: SiteFolder, names: tuple[str, ...], told: set[str]
) -> None:
    assert files(own, *names) == told


def test_a_path_from_where_one_is_means_the_same(
    own: SiteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own.folder / "issues" / "2026-014")

    assert files(own, "../../email_templates") == {OURS, PART}
    assert files(own, ".") == {ISSUE}
    assert files(own, os.fspath(own.folder / OURS)) == {OURS}


@pytest.mark.parametrize("name", ["email_templates/README.md", "email_templates/none"])
def test_what_is_no_template_is_told(own: SiteFolder, name: str) -> None:
    ran = own.run("check", name)

    assert ran.code == 2
    assert "there is no" in ran.err
    assert name in ran.err


def test_a_site_without_templates_of_its_own_says_so(site: SiteFolder) -> None:
    ran = site.run("check", "email_templates")

    assert ran.code == 2
    assert "there is no template in email_templates" in ran.err
    assert ".mjml" in ran.err
