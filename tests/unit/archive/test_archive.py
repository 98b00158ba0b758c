"""The archive has every public issue, nothing about one reader, and links that lead somewhere."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from lxml import html as lxml_html  # type: ignore[import-untyped]

from composer.archive import Archive, build
from composer.archive.folder import write_archive
from composer.errors import GuardError
from composer.model.issue import Issue
from composer.site import Site

ROOT = Path(__file__).parents[3]
SITE = Site.find(ROOT, {})
ISSUES = [SITE.read(path.parent.name) for path in SITE.issue_paths()]
LATER = date(2030, 1, 1)


WHOLE = build(ISSUES, SITE.settings.newsletter, until=LATER)


def built(*issues: Issue, until: date = LATER) -> Archive:
    return build(issues, SITE.settings.newsletter, until=until) if issues else WHOLE


def text_of(archive: Archive) -> str:
    return "\n".join(
        content.decode()
        for name, content in archive.files.items()
        if name.endswith((".html", ".xml", ".json"))
    )


def test_each_issue_and_each_translation_has_a_page_with_its_words() -> None:
    files = built().files

    english = files["archive/2026-014/index.html"].decode()
    german = files["archive/2026-014/de/index.html"].decode()
    assert "Dockers Pause Work at Two Northern Terminals" in english
    assert '<html lang="de" dir="ltr">' in german
    assert 'hreflang="de"' in english
    assert '<link rel="canonical" href="https://news.example.org/archive/2026-014/">' in english


def test_nothing_in_it_is_about_one_reader() -> None:
    everything = text_of(built())

    assert "Dear reader," in everything, "the default stands where a name would"
    assert "options paper is on" not in everything, "the board's own text"
    for mark in ("subscriber.", "{{", "unsubscribe", "cid:", "sample-not-a-real-token"):
        assert mark not in everything.lower(), mark


@pytest.mark.parametrize("archive", ["members", "never"])
def test_an_issue_that_is_not_for_everybody_is_not_there(archive: str) -> None:
    files = built(replace(ISSUES[0], archive=archive)).files

    assert not any("2026-014" in name for name in files)
    assert b"2026-014" not in files["feed.xml"] + files["archive/search.json"]


def test_an_issue_appears_on_its_day() -> None:
    day = ISSUES[0].date

    assert built(ISSUES[0], until=day).issues == 1
    assert built(ISSUES[0], until=day.replace(day=day.day - 1)).issues == 0


def test_the_same_issues_give_the_same_bytes() -> None:
    assert built() == built(*reversed(ISSUES))


def test_every_link_and_picture_of_every_page_leads_to_a_file() -> None:
    files = built().files
    for name, content in files.items():
        if not name.endswith(".html"):
            continue
        page = lxml_html.fromstring(content)
        ids = {element.get("id") for element in page.iter() if element.get("id")}
        for element, attribute, target, _ in page.iterlinks():
            if re.match(r"[a-z]+:", target):
                continue
            if target.startswith("#"):
                assert target[1:] in ids, (name, target)
                continue
            path = (Path("/site") / Path(name).parent / target.split("?")[0]).resolve()
            found = path.relative_to("/site").as_posix()
            here = f"{found}/index.html" if target.endswith("/") else found
            assert here in files, (name, element.tag, attribute, target)


def test_the_feeds_are_what_their_formats_ask_for() -> None:
    files = built().files
    atom = "{http://www.w3.org/2005/Atom}"

    feed = ET.fromstring(files["feed.xml"])  # noqa: S314 - our own
    assert feed.tag == f"{atom}feed"
    assert all(feed.find(f"{atom}{name}") is not None for name in ("id", "title", "updated"))
    entries = feed.findall(f"{atom}entry")
    assert len(entries) == len(ISSUES)
    for entry in entries:
        for name in ("id", "title", "updated", "content"):
            assert entry.findtext(f"{atom}{name}"), name
    ids = [entry.findtext(f"{atom}id") for entry in entries]
    assert len(set(ids)) == len(ids)

    channel = ET.fromstring(files["rss.xml"]).find("channel")  # noqa: S314 - our own
    assert channel is not None
    assert all(channel.findtext(name) for name in ("title", "link", "description"))
    assert len(channel.findall("item")) == len(ISSUES)

    parsed = json.loads(files["feed.json"])
    assert parsed["version"] == "https://jsonfeed.org/version/1.1"
    for item in parsed["items"]:
        assert item["id"] == item["url"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", item["date_published"])
        assert (
            'src="https://news.example.org/' in item["content_html"]
            or "<img" not in item["content_html"]
        )


def test_the_sitemap_names_every_page() -> None:
    files = built().files
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    root = ET.fromstring(files["sitemap.xml"])  # noqa: S314 - our own
    named = {found.text for found in root.iter(f"{space}loc")}
    base = "https://news.example.org/"

    assert named == {
        base + name.removesuffix("index.html") for name in files if name.endswith("index.html")
    }


def test_an_archive_without_issues_is_still_one() -> None:
    archive = build([], SITE.settings.newsletter, until=LATER)

    assert archive.issues == 0
    assert "archive/index.html" in archive.files


# --- the folder ---------------------------------------------------------------------------


def test_a_second_build_writes_only_what_changed_and_deletes_what_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    first = built()
    assert write_archive(first, folder) == len(first.files)
    assert write_archive(first, folder) == 0
    (folder / "CNAME").write_text("news.example.org")

    fewer = built(*ISSUES[1:])
    assert 0 < write_archive(fewer, folder) < len(fewer.files)

    assert not (folder / "archive" / "2026-014").exists()
    assert (folder / "CNAME").exists(), "what somebody else put there stays"
    for name, content in fewer.files.items():
        assert (folder / name).read_bytes() == content


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(GuardError, match="holds other files"):
        write_archive(built(), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_list_that_was_tampered_with_deletes_nothing_outside(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    write_archive(built(), folder)
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    with (folder / ".newsletter-archive").open("a") as listed:
        listed.write("../outside.txt\n")

    write_archive(built(), folder)

    assert outside.exists()
