"""A name that is none ends every command alike: exit code 2, one error, nothing on stdout."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click
import pytest

from composer.cli.main import main
from tests.acceptance.conftest import SiteFolder

EVERYONE = ("--segment", "everyone")
#: Each command with something that is not there, or cannot be a name; `ISSUE` is there.
WRONG = [
    ("init", "site", "--template", "nosuch"),
    ("new", "../nosuch"),
    ("new", "x", "--from", "nosuch"),
    ("import", "nosuch.txt"),
    ("preview", "nosuch"),
    ("check", "nosuch"),
    ("check", "email_templates/nosuch.mjml.j2"),
    ("check", "email_templates"),
    ("check", "--select", "nosuch"),
    ("check", "--ignore", "nosuch"),
    ("rules", "nosuch"),
    ("schema", "nosuch"),
    ("templates", "copy", "nosuch", "ours"),
    ("templates", "copy", "common/nosuch.j2"),
    ("render", "nosuch"),
    ("render", "ISSUE", "--as", "nosuch"),
    ("render", "ISSUE", "--as", "nosuch@example.org"),
    ("render", "ISSUE", "--segment", "nosuch"),
    ("render", "ISSUE", "--locale", "xx"),
    ("render", "ISSUE", "--variant", "zz"),
    ("snapshot", "nosuch"),
    ("diff", "nosuch"),
    ("subscribers", "import", "nosuch.csv"),
    ("subscribers", "export", "--segment", "nosuch"),
    ("subscribers", "list", "--segment", "nosuch"),
    ("subscribers", "show", "nosuch@example.org"),
    ("subscribers", "show", "nosuch"),
    ("subscribers", "suppress", "nosuch", "--reason", "manual"),
    ("subscribers", "forget", "nosuch", "--yes"),
    ("segments", "nosuch"),
    ("segments", "--explain", "nosuch@example.org"),
    ("plan", "nosuch", *EVERYONE),
    ("plan", "ISSUE", "--segment", "nosuch"),
    ("plan", "ISSUE", *EVERYONE, "--provider", "nosuch"),
    ("plan", "ISSUE", *EVERYONE, "--rate", "nosuch"),
    ("plan", "ISSUE", *EVERYONE, "--at", "nosuch"),
    ("plan", "ISSUE", *EVERYONE, "--ab-test", "nosuch"),
    ("test", "nosuch", "--to", "ana@example.org"),
    ("test", "ISSUE", "--to", "nosuch"),
    ("test", "ISSUE", "--to", "ana@example.org", "--as", "nosuch"),
    ("test", "ISSUE", "--to", "ana@example.org", "--provider", "nosuch"),
    ("send", "nosuch", *EVERYONE, "--dry-run"),
    ("send", "ISSUE", "--segment", "nosuch", "--dry-run"),
    ("send", "ISSUE", *EVERYONE, "--provider", "nosuch"),
    ("send", "ISSUE", *EVERYONE, "--dry-run", "--wait", "nosuch"),
    ("dkim", "keygen", "key.pem", "--selector", "no/such"),
    ("decide", "nosuch", "--variant", "a"),
    ("status", "nosuch"),
    ("resume", "nosuch"),
    ("pause", "nosuch"),
    ("cancel", "nosuch"),
    ("resolve", "nosuch", "--as", "accepted"),
    ("bounces", "nosuch"),
    ("bounces", "maildir:nosuch"),
    ("report", "nosuch"),
    ("doctor", "--dns", "nosuch"),
    ("doctor", "--server", "nosuch"),
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_a_name_that_is_none_is_wrong_usage(words: tuple[str, ...], site: SiteFolder) -> None:
    ran = site.run(*("2026-014" if word == "ISSUE" else word for word in words))

    assert (ran.code, ran.out) == (2, "")
    assert "rror: " in ran.err


@pytest.mark.parametrize("name", ["drafts", "issues/drafts", "issues/drafts/issue.md"])
def test_an_issue_whose_file_is_a_folder_is_told_as_that(name: str, site: SiteFolder) -> None:
    (site.folder / "issues" / "drafts" / "issue.md").mkdir(parents=True)

    ran = site.run("render", name)

    assert (ran.code, ran.out) == (2, "")
    assert f"the issue.md of {name.removesuffix('/issue.md')} is a folder" in ran.err
    assert "did you mean" not in ran.err


@pytest.mark.parametrize(
    "words", [("check", "nosuch"), ("import", "nosuch.txt"), ("rules", "nosuch")], ids=" ".join
)
def test_a_script_is_told_of_it_in_a_document(words: tuple[str, ...], site: SiteFolder) -> None:
    ran = site.run("--json", *words)

    assert ran.code == 2
    assert "there is no" in json.loads(ran.out)["error"]["message"]


def test_a_mailbox_that_newsletter_toml_names_and_that_is_none_is_its_mistake(
    site: SiteFolder,
) -> None:
    site.configure('\n[bounces]\nsource = "maildir:/nosuch"\n')

    ran = site.run("bounces")

    assert ran.code == 4
    assert "this is not a Maildir" in ran.err


def named(group: click.Group, *path: str) -> Iterator[str]:
    """The commands that take a name."""
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from named(command, *path, name)
        elif command and any(isinstance(p, click.Argument) for p in command.params):
            yield " ".join((*path, name))


def test_every_command_that_takes_a_name_is_tried_with_a_wrong_one() -> None:
    tried = [" ".join(words) for words in WRONG]

    assert [c for c in named(main) if not any(t.startswith(f"{c} ") for t in tried)] == []
