"""The archive that `serve` shows: who is in it, and when it is built anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from composer.model.edition import EditionKey
from composer.web.public.shelf import Shelf
from tests.unit.public.sites import House, with_issues


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.at(with_issues(tmp_path / "site"))


def test_only_what_is_for_everybody_is_shown_and_may_be_kept(house: House) -> None:
    Shelf(house.front.site).refresh()

    page = house.reader.get("/archive/2026-014/")
    assert page.status == 200
    assert "Crane crews" in page.text
    assert page.headers["cache-control"] == "public, max-age=300"
    tag = {"If-None-Match": page.headers["etag"]}
    assert house.reader.get("/archive/2026-014/", tag).status == 304
    assert house.reader.get("/archive/2026-014/de/").status == 200
    for other in ("2026-015", "2026-016"):
        assert house.reader.get(f"/archive/{other}/").status == 404
    for name in ("feed.xml", "rss.xml", "feed.json", "sitemap.xml"):
        assert b"2026-014" in house.reader.get(f"/{name}").content
        assert b"2026-015" not in house.reader.get(f"/{name}").content
    assert house.reader.get("/archive/2026-014").headers["location"] == "/archive/2026-014/"


@pytest.mark.parametrize(
    "name",
    [
        "../newsletter.toml",
        "..%2f..%2fnewsletter.toml",
        "%2e%2e/newsletter.db",
        ".newsletter-archive",
        "2026-014/../../newsletter.db",
        "/etc/passwd",
        "2026-014%00",
        "n" * 300,
    ],
)
def test_nothing_beside_the_archive_is_shown(house: House, name: str) -> None:
    Shelf(house.front.site).refresh()
    assert house.reader.get(f"/archive/{name}").status == 404


def test_it_is_built_anew_when_an_issue_changes_and_only_then(house: House) -> None:
    shelf = Shelf(house.front.site)
    assert shelf.refresh()
    assert not shelf.refresh()
    path = house.front.site.folder / "issues" / "2026-014" / "issue.md"
    path.write_text(path.read_text().replace("nine hours", "ten hours"))
    os.utime(path, (1, 1))
    assert shelf.refresh()
    assert "ten hours" in house.reader.get("/archive/2026-014/").text

    path.write_text("this is no issue")
    (path.parent / "issue.de.md").unlink()
    assert shelf.refresh()  # what cannot be read is left out, and the rest is there
    assert house.reader.get("/archive/2026-014/").status == 404
    assert house.reader.get("/archive/").status == 200


def test_a_letter_that_is_not_on_the_web_does_not_say_where(house: House) -> None:
    site = house.front.site

    def letter(name: str) -> str:
        edition = site.compile(site.read(name), EditionKey("en"))
        return str(edition.html) + str(edition.text)

    assert "Read on the web" in letter("2026-014")
    assert "members_url" in letter("2026-015")
    assert "members_url" not in letter("2026-014") + letter("2026-016")
    assert "Read on the web" not in letter("2026-016")
    for name in ("2026-015", "2026-016"):
        assert "/archive/" not in letter(name)


def test_a_draft_and_what_cannot_be_read_are_left_out_and_told(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    issues = house.front.site.folder / "issues"
    for name in ("2026-014", "2026-015"):
        text = issues.joinpath(name, "issue.md")
        text.write_text(f"{text.read_text()}\n## The First Story\n\nWhat happened.\n")
    issues.joinpath("2026-016", "issue.md").write_text("---\ntitle: Broken\n---\n")
    shelf = Shelf(house.front.site)

    assert shelf.refresh()

    assert house.reader.get("/archive/2026-014/").status == 404
    for name in ("feed.xml", "rss.xml", "feed.json", "sitemap.xml"):
        assert b"2026-014" not in house.reader.get(f"/{name}").content
    assert not shelf.members.joinpath("archive", "2026-015", "index.html").exists()
    for name in ("2026-014", "2026-015"):
        told = f"archive: {name} is left out: it is still a draft (issue/draft)"
        assert told in caplog.messages
    broken = next(line for line in caplog.messages if "2026-016" in line)
    assert re.match(r"archive: 2026-016 is left out: issues/2026-016/issue.md:\d+:\d+: err", broken)

    text = issues / "2026-014" / "issue.md"
    reason = (
        "<!-- newsletter: ignore issue/draft because that is its name -->\n\n## The First Story"
    )
    text.write_text(text.read_text().replace("## The First Story", reason))
    assert shelf.refresh()
    assert house.reader.get("/archive/2026-014/").status == 200
