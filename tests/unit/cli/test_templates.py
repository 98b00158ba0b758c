"""The templates, and copies of them to change, as a designer runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from composer.cli.main import main

BUILT_IN = ("digest", "letter", "monitor")


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(folder), *words])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    assert run(tmp_path, "init", "site").exit_code == 0
    return tmp_path / "site"


def rendered(site: Path, issue: str = "2026-014") -> str:
    ran = run(site, "render", issue)
    assert ran.exit_code == 0, ran.output
    return (site / ".newsletter" / "render" / issue / "message.html").read_text("utf-8")


def use(site: Path, template: str) -> None:
    settings = site / "newsletter.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('template = "monitor"', f'template = "{template}"'), "utf-8")


def test_they_are_listed_with_whose_they_are_and_which_is_used(site: Path) -> None:
    own = site / "email_templates"
    (own / "monitor.mjml.j2").write_text("<mjml></mjml>")
    (own / "ours.mjml.j2").write_text("<mjml></mjml>")

    assert run(site, "templates").stdout == (
        "digest   built-in\n"
        "letter   built-in\n"
        "monitor  site, before the built-in one  (newsletter.toml)\n"
        "ours     site\n"
    )
    document = json.loads(run(site, "--json", "templates", "list").stdout)
    assert document["templates"][3] == {"name": "ours", "from": "site", "used": False}


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_copy_draws_what_the_original_draws_until_it_is_changed(site: Path, name: str) -> None:
    use(site, name)
    before = rendered(site)

    ran = run(site, "templates", "copy", name, "ours")

    assert ran.exit_code == 0, ran.output
    copied = [p for p in (site / "email_templates").rglob("*.j2") if p.is_file()]
    assert len(copied) > 5
    assert all(f'"{name}/' not in path.read_text("utf-8") for path in copied)
    settings = site / "newsletter.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace(f'template = "{name}"', 'template = "ours"'), "utf-8")
    assert rendered(site) == before

    footer = site / "email_templates" / "ours" / "footer.j2"
    footer.write_text("<mj-text>Ours alone.</mj-text>\n", "utf-8")
    assert "Ours alone." in rendered(site)


def test_one_piece_goes_before_the_built_in_one_and_may_be_for_one_letter(site: Path) -> None:
    ran = run(site, "templates", "copy", "common/blocks/divider.j2")
    assert ran.exit_code == 0, ran.output
    common = site / "email_templates" / "common" / "blocks" / "divider.j2"
    assert common.is_file()
    common.write_text("<p>everywhere</p>\n", "utf-8")
    own = site / "email_templates" / "digest" / "blocks" / "divider.j2"
    own.parent.mkdir(parents=True)
    own.write_text("<p>in round-ups</p>\n", "utf-8")
    issue = site / "issues" / "2026-014" / "issue.md"
    text = issue.read_text("utf-8").replace("Dear", "Words.\n\n***\n\nDear", 1)
    issue.write_text(text, "utf-8")

    assert ">everywhere</p>" in rendered(site)
    issue.write_text(text.replace("---\n", "---\ntemplate: digest\n", 1), "utf-8")
    assert ">in round-ups</p>" in rendered(site)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("monitr", "ours"), 2, "did you mean 'monitor'?"),
        (("monitor", "our letter"), 2, "cannot name a template"),
        (("monitor", "digest"), 3, "there is a template 'digest' already"),
        (("monitor",), 2, "newsletter templates copy monitor NEW"),
        (("common/blocks/quot.j2",), 2, "did you mean 'common/blocks/quote.j2'?"),
        (("common/blocks/quote.j2", "ours"), 2, "a piece keeps its name"),
        (("../newsletter.toml",), 2, "outside email_templates/"),
    ],
)
def test_what_cannot_be_copied_is_told_and_nothing_is_written(
    site: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    ran = run(site, "templates", "copy", *words)

    assert said in ran.stderr
    assert ran.exit_code == code, ran.output
    assert [*(site / "email_templates").iterdir()] == [site / "email_templates" / "README.md"]


def test_a_copy_overwrites_nothing(site: Path) -> None:
    taken = site / "email_templates" / "ours" / "footer.j2"
    taken.parent.mkdir()
    taken.write_text("mine")

    ran = run(site, "templates", "copy", "monitor", "ours")

    assert ran.exit_code == 3
    assert "ours/footer.j2; nothing was written" in ran.stderr
    assert taken.read_text() == "mine"
    assert not (site / "email_templates" / "ours.mjml.j2").exists()


@pytest.mark.parametrize(("template", "sample"), [("digest", "2026-016"), ("letter", "2026-017")])
def test_a_site_starts_with_the_template_that_it_asked_for(
    tmp_path: Path, template: str, sample: str
) -> None:
    ran = run(tmp_path, "init", "site", "--template", template)

    assert ran.exit_code == 0, ran.output
    assert f"newsletter preview {sample}" in ran.stderr
    site = tmp_path / "site"
    assert f'template = "{template}"' in (site / "newsletter.toml").read_text("utf-8")
    assert [*(site / "email_templates").iterdir()] == [site / "email_templates" / "README.md"]
    assert run(site, "check", "--fail-on", "warning").exit_code == 0
    rendered(site, sample)


def test_a_site_cannot_start_with_a_template_that_is_not_there(tmp_path: Path) -> None:
    ran = run(tmp_path, "init", "site", "--template", "leter")

    assert ran.exit_code == 2
    assert "did you mean 'letter'?" in ran.stderr
    assert not (tmp_path / "site").exists()
