"""The documentation says what the code does."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from benchmarks.results import load
from composer.checks.rules import RULES
from composer.cli.main import COMMANDS, commands
from composer.reading.site_file import KEYS
from scripts import speed_page
from scripts.write_docs import PAGES

ROOT = Path(__file__).parents[2]
DOCS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    committed = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")

    assert committed == PAGES[name](), "run: make docs"


def test_what_is_said_of_speed_is_what_was_measured() -> None:
    results = load()
    if missing := speed_page.unmeasured(results):
        pytest.skip(f"not measured yet: {missing}")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert speed_page.PAGE.read_text(encoding="utf-8") == speed_page.speed_page(results)
    assert speed_page.with_table(readme, results) == readme, "run: make docs"
    for name, drawn in speed_page.pictures(results).items():
        assert (speed_page.PICTURES / name).read_text(encoding="utf-8") == drawn


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```|`[^`\n]*`|^(    |\t).*$", "", text, flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)#\s]+)", prose):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_pages_name_only_commands_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    known = {*COMMANDS, "--help", "--version"}
    for line in re.findall(r"^(?:    |\$ )newsletter (.+)$", text, flags=re.MULTILINE):
        words = [word for word in line.split() if not word.startswith("-")]
        assert words[0] in known or line.startswith("--"), f"{page.name}: newsletter {line}"


def test_every_command_explains_itself_with_an_example_or_has_parts_that_do() -> None:
    for names, command in commands():
        assert command.help, names
        options = [p for p in command.params if isinstance(p, click.Option)]
        assert all(option.help for option in options), names


def test_codes_are_of_one_form_and_unique() -> None:
    codes = [rule.code for rule in RULES]

    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z0-9]+/[a-z0-9-]+", code) for code in codes)


def test_every_setting_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")

    for table, keys in KEYS.items():
        assert f"[{'.'.join(table)}]" in page
        for key in keys:
            assert f"`{key}`" in page, f"{table} {key}"


def test_the_demo_shows_commands_that_can_be_copied() -> None:
    script = (ROOT / "scripts" / "demo.sh").read_text("utf-8")
    function = script[script.index("run() {") : script.index("\n}\n") + 3]
    words = ["send", "2026-014", "--confirm", "members 12"]
    ran = subprocess.run(  # noqa: S603 - the function of our own script
        ["/bin/sh", "-c", f'newsletter() {{ :; }}\n{function}run "$@"', "demo", *words],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shlex.split(ran.stdout.strip().removeprefix("$ ")) == ["newsletter", *words]
