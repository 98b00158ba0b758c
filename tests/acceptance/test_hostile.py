"""Hostile input ends in a clear error, in seconds and within 500 MB, whatever it is."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import SiteFolder

#: A clock would fail on a busy machine: processor time is what an attacker spends.
MOST_CPU_S, MOST_BYTES = 30, 500 * 1024 * 1024
HEAD = "---\ntitle: X\ndate: 2026-11-20\n---\n\n"
BODY = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section>"
    "</mj-body></mjml>"
)

Write = Callable[[SiteFolder], object]


def issue(text: str) -> Write:
    return lambda site: site.write("issues/one/issue.md", HEAD + text)


def template(text: str) -> Write:
    def write(site: SiteFolder) -> None:
        site.write("issues/one/issue.md", HEAD + "Text.\n")
        site.write("email_templates/own.mjml.j2", text)
        path = site.folder / "newsletter.toml"
        path.write_text(path.read_text().replace("base_url", 'template = "own"\nbase_url', 1))

    return write


def link_out(site: SiteFolder) -> None:
    site.write("issues/one/issue.md", HEAD + "![A secret file](images/x.png)\n")
    (site.folder / "issues/one/images").mkdir()
    (site.folder / "issues/one/images/x.png").symlink_to("/etc/passwd")


def issue_out(site: SiteFolder) -> None:
    (site.folder / "issues/one").mkdir()
    (site.folder / "issues/one/issue.md").symlink_to("/etc/passwd")


def pipe(site: SiteFolder) -> None:
    (site.folder / "issues/one").mkdir()
    os.mkfifo(site.folder / "issues/one/issue.md")


def include_out(site: SiteFolder) -> None:
    template("{% include 'x.j2' %}")(site)
    (site.folder / "email_templates/x.j2").symlink_to("/etc/passwd")


HOSTILE: dict[str, tuple[Write, str]] = {
    "ten megabytes": (issue("word " * 2_000_000), "text/too-long"),
    "a hundred thousand items": (issue("- a\n" * 100_000), "text/too-long"),
    "five thousand quotes in each other": (issue("> " * 5000 + "deep"), "text/too-deep"),
    "brackets without end": (issue("[" * 100_000), "text/too-long"),
    "a loop for ever": (
        template(BODY.format("{% for i in range(10**12) %}x{% endfor %}")),
        "does not end",
    ),
    "loops in loops": (
        template(BODY.format("{% for i in range(9999) %}" * 4 + "x" + "{% endfor %}" * 4)),
        "does not end",
    ),
    "a macro that calls itself": (
        template("{% macro a() %}{{ a() }}{% endmacro %}" + BODY.format("{{ a() }}")),
        "without end",
    ),
    "a template that includes itself": (template("{% include 'own.mjml.j2' %}"), "without end"),
    "a hundred megabytes of x": (template(BODY.format("{{ 'x' * 100000000 }}")), "does not end"),
    "doubling": (
        template(
            "{% set ns = namespace(a='x' * 999) %}"
            + BODY.format(
                "{% for i in range(60) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}{{ ns.a }}"
            )
        ),
        "template/error",
    ),
    "thirty loops in one another": (
        template(BODY.format("{% for i in [1] %}" * 30 + "x" + "{% endfor %}" * 30)),
        "nested too deeply",
    ),
    "five thousand conditions in one another": (
        template(BODY.format("{% if issue %}" * 5000 + "x" + "{% endif %}" * 5000)),
        "nested too deeply",
    ),
    "a tower of powers": (template(BODY.format("{{ 9**9**9 }}")), "too large"),
    "twenty thousand wrappers": (
        template("<mjml><mj-body>" + "<mj-wrapper>" * 20_000 + "</mj-wrapper>" * 20_000),
        "email_templates/own.mjml.j2",
    ),
    "a tag that never ends": (template("<mjml><mj-body><mj-text " + "x" * 100_000), "MJML"),
    "comments that never end": (template("<mjml><mj-body>" + "<!--" * 100_000), "MJML"),
    "an issue that is a link out": (issue_out, "outside of its folder"),
    "an issue that is a pipe": (pipe, "no regular file"),
    "half a million cells": (
        issue("|" + "a|" * 200 + "\n|" + "-|" * 200 + "\n" + ("|" + "b|" * 200 + "\n") * 2500),
        "cells; at most",
    ),
    "a picture that is a link out": (link_out, "image/outside"),
    "a template that is a link out": (include_out, "outside email_templates"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_ends_in_a_clear_error(name: str, site: SiteFolder) -> None:
    write, told = HOSTILE[name]
    for path in (site.folder / "issues").glob("*/issue.md"):
        path.unlink()
    write(site)

    limits = ((resource.RLIMIT_CPU, MOST_CPU_S), (resource.RLIMIT_DATA, MOST_BYTES))
    process = site.start("check", limits=limits)
    out, err = process.communicate()

    assert told in out, err
    assert "Traceback" not in out + err
    assert "root:" not in out + err
    assert process.returncode == 1


def test_many_issues_are_checked_by_all_processors_with_the_same_findings(
    site: SiteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (site.folder / "issues" / "2026-014" / "issue.md").read_text(encoding="utf-8")
    monkeypatch.setattr("composer.in_processes.MANY", 6)  # a few are as good as many
    for number in range(8):
        site.write(f"issues/n{number:02}/issue.md", text.replace("No. 14", f"No. {number}"))
    together = site.run("--json", "check").document
    monkeypatch.setattr("composer.in_processes.MANY", 1000)

    assert site.run("--json", "check").document == together
    assert {Path(f["path"]).parent.name for f in together["findings"]} >= {"n00", "n07"}
