"""Write the pages of docs/reference that are made from the code: commands and checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click

from composer.checks.catalogue import entries
from composer.checks.catalogue import page as page_of
from composer.cli.exits import Exit
from composer.cli.main import commands, main
from composer.reading.keys import FRONT_MATTER, SITE
from composer.reading.page_vocabulary import PAGE_WORDS
from composer.web.public.words import known_words
from scripts import crash_page, speed_page
from scripts.fleet_page import fleet_page

_MARKED = re.compile(r"(<!-- keys: (?P<name>[a-z_. ]+) -->)\n.*?(<!-- end -->)", re.DOTALL)
REFERENCE = Path(__file__).parents[1] / "docs" / "reference"

EXITS = {
    Exit.DONE: "done",
    Exit.FINDINGS: "findings; or some deliveries refused, deferred or unknown",
    Exit.USAGE: "usage: an option, a value or a name that is none (no such issue, file, …)",
    Exit.GUARD: "a guard said no: not confirmed, stale plan, already sent, check errors",
    Exit.CONFIG: "configuration or credentials; the database",
    Exit.UNREACHABLE: "provider or network out of reach, nothing sent",
    Exit.INTERRUPTED: "stopped part-way (interrupted, paused, cancelled, or more than limits allow "
    "now); `newsletter resume` goes on",
}


def command_page() -> str:
    """`--help` of every command, and the exit codes."""
    lines = ["# Commands", "", "Made from `--help` by `make docs`.", ""]
    lines += _help((), main)
    for names, command in commands():
        lines += _help(tuple(names), command)
    lines += ["## Exit codes", "", "| exit | meaning |", "|---|---|"]
    lines += [f"| {code.value} | {meaning} |" for code, meaning in EXITS.items()]
    lines += [
        "",
        "Results go to stdout, with `--json` exactly one document; everything else goes to stderr.",
        'With `--json` an error is a document too: `{"schema": 1, "error": {"message", "hint"}}`.',
        "",
    ]
    return "\n".join(lines)


def _help(names: tuple[str, ...], command: click.Command) -> Iterator[str]:
    title = " ".join(("newsletter", *names))
    ctx = click.Context(
        command,
        info_name=title,
        max_content_width=90,
        terminal_width=90,
        help_option_names=["-h", "--help"],
    )
    yield f"## {title}" if len(names) < 2 else f"### {title}"
    yield ""
    yield "```text"
    yield from command.get_help(ctx).splitlines()
    yield "```"
    yield ""


def checks_page() -> str:
    """Every code with its severity and what it is about, and the page of each."""
    lines = [
        "# Checks",
        "",
        "Made from `composer/checks` by `make docs`; `newsletter rules CODE` prints one page.",
        "",
        "| code | severity | looks for |",
        "|---|---|---|",
    ]
    for entry in entries().values():
        firm = " (firm)" if entry.firm else ""
        lines.append(f"| `{entry.code}` | {entry.severity}{firm} | {entry.summary} |")
    lines += ["", "A firm check can be neither silenced nor made less.", ""]
    for code in entries():
        if text := page_of(code).strip():
            lines += [
                line.replace("# ", "## ", 1) if line[:1] == "#" else line
                for line in text.split("\n")
            ]
            lines.append("")
    return "\n".join(lines)


def with_tables(name: str) -> str:
    """A page that people write, with the tables that stand between its marks made anew."""
    text = (REFERENCE / name).read_text(encoding="utf-8")
    return _MARKED.sub(lambda mark: f"{mark[1]}\n{_table(mark['name'])}\n{mark[3]}", text)


def page_words_page() -> str:
    """The web paths, with the words of the pages."""
    text = (REFERENCE / "web-paths.md").read_text(encoding="utf-8")
    rows = ["| key | English |", "|---|---|"]
    rows += [f"| `{name}` | {known_words()['en'][name]} |" for name in sorted(PAGE_WORDS)]
    table = "\n".join(rows)
    return re.sub(
        r"(<!-- page words -->\n).*?(<!-- end -->)",
        lambda mark: f"{mark[1]}{table}\n{mark[2]}",
        text,
        flags=re.DOTALL,
    )


def _table(name: str) -> str:
    keys = FRONT_MATTER if name == "front matter" else SITE[tuple(name.split("."))]
    rows = ["| key | default | meaning |", "|---|---|---|"]
    rows += [f"| `{key.name}` | {key.default} | {key.means} |" for key in keys]
    return "\n".join(rows)


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": command_page,
    "checks.md": checks_page,
    "settings.md": partial(with_tables, "settings.md"),
    "issue.md": partial(with_tables, "issue.md"),
    "web-paths.md": page_words_page,
    "fleet.md": fleet_page,
}

if __name__ == "__main__":
    for name, write in PAGES.items():
        (REFERENCE / name).write_text(write(), encoding="utf-8")
    crash_page.write()
    speed_page.write()
