"""`newsletter check --links` from the outside, with names and connections of our own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from composer.cli.main import main
from composer.links.network import SystemDialer, SystemResolver
from tests.servers.web_like import Internet, Page, WebServer

BASE = Path(__file__).parents[2] / "rules" / "base"
ISSUE = Path("issues") / "one" / "issue.md"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    with WebServer({"/a": Page(), "/gone": Page(410)}) as server:
        internet = Internet(server)
        monkeypatch.setattr(SystemResolver, "resolve", lambda _, *args: internet.resolve(*args))
        monkeypatch.setattr(SystemDialer, "dial", lambda _, *args: internet.dial(*args))
        yield server


def write(site: Path, text: str) -> None:
    path = site / ISSUE
    path.write_text(path.read_text(encoding="utf-8") + f"\n{text}\n", encoding="utf-8")


def run(site: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(site), *words])


def codes(result: Result) -> list[str]:
    return [finding["code"] for finding in json.loads(result.stdout)["findings"]]


def test_no_network_is_used_without_the_option(site: Path, web: WebServer) -> None:
    write(site, "See [it](http://pages.example.net/gone).")

    assert codes(run(site, "--json", "check")) == ["link/insecure"]
    assert web.seen == []


def test_a_dead_link_is_told_with_its_place_and_fails(site: Path, web: WebServer) -> None:
    write(site, "See [it](http://pages.example.net/gone).")

    result = run(site, "--json", "check", "--links")

    assert codes(result) == ["link/dead", "link/insecure"]
    assert json.loads(result.stdout)["findings"][1]["column"] == 5
    assert result.exit_code == 1
    assert "1 asked" in result.stderr
    assert (site / ".newsletter" / "links.json").exists()


def test_what_is_remembered_is_asked_again_when_fresh_answers_are_wanted(
    site: Path, web: WebServer
) -> None:
    write(site, "See [it](http://pages.example.net/a).")
    run(site, "check", "--links")
    asked = len(web.seen)
    assert "0 asked, 1 remembered" in run(site, "check", "--links").stderr
    assert len(web.seen) == asked

    assert "1 asked, 0 remembered" in run(site, "check", "--links-fresh").stderr


def test_an_author_silences_it_and_without_the_option_that_is_not_called_unused(
    site: Path, web: WebServer
) -> None:
    comment = "<!-- newsletter: ignore link/dead, link/insecure because it will be back -->"
    write(site, f"{comment}\n\nSee [it](http://pages.example.net/gone).")

    assert codes(run(site, "--json", "check", "--links")) == []
    assert codes(run(site, "--json", "check")) == []
    (site / ISSUE).write_text((site / ISSUE).read_text().replace("/gone", "/a"))
    assert codes(run(site, "--json", "check", "--links")) == ["ignore/unused"]


def test_our_own_network_is_not_asked_whatever_the_issue_says(site: Path, web: WebServer) -> None:
    write(site, f"See [it](http://127.0.0.1:{web.port}/) and [that](http://0x7f.1/).")

    found = codes(run(site, "--json", "check", "--links"))

    assert "link/unasked" in found
    assert "link/private" in found
    assert web.seen == []


def test_an_issue_that_cannot_be_read_is_told_as_ever(site: Path, web: WebServer) -> None:
    (site / ISSUE).write_text("no front matter\n")

    assert codes(run(site, "--json", "check", "--links")) == ["meta/missing"]
