"""`/read/TOKEN/…`: issues for members, for readers on the list and for nobody else."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default
from html import unescape
from pathlib import Path

import pytest

from composer.dispatch import Planned, carry_on
from composer.model.address import Address
from composer.sending.terms import Terms
from composer.web.public.shelf import Shelf
from tests.unit.public.sites import PUBLIC, TOML, House, with_issues

CLOSED = "/archive/2026-015/"


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A site with a public issue, one for members and one for nobody."""
    made = House.at(with_issues(tmp_path / "site"), TOML + PUBLIC)
    Shelf(made.front.site).refresh()
    return made


def test_a_reader_has_all_issues_but_those_for_nobody(house: House) -> None:
    token = house.join()
    page = house.reader.get(f"/read/{token}{CLOSED}")

    assert page.status == 200
    assert b"No. 15" in page.content
    assert b'name="robots" content="noindex, nofollow"' in page.content
    assert b"canonical" not in page.content
    assert b"feed.xml" not in page.content
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in page.headers
    assert house.reader.get(f"/read/{token}/archive/2026-014/").status == 200
    assert house.reader.get(f"/read/{token}/archive/2026-014/de/").status == 200
    assert house.reader.get(f"/read/{token}/archive/2026-016/").status == 404
    listed = house.reader.get(f"/read/{token}/archive/").content
    assert (b"No. 14" in listed, b"No. 15" in listed, b"No. 16" in listed) == (True, True, False)


def test_every_link_of_a_members_page_leads_on_below_their_own_address(house: House) -> None:
    token = house.join()
    seen, left = set[str](), [f"/read/{token}/archive/"]
    while left:
        here = left.pop()
        if here in seen:
            continue
        seen.add(here)
        page = house.reader.get(here)
        assert page.status == 200, here
        if not here.endswith("/"):
            continue
        for link in re.findall(r'(?:href|src)="([^"#:]+)"', page.content.decode()):
            parts = here.strip("/").split("/")
            up = link.count("../")
            below = parts[: len(parts) - up]
            left.append("/" + "/".join([*below, unescape(link.replace("../", ""))]))
    assert f"/read/{token}{CLOSED}" in seen
    assert f"/read/{token}/archive/style.css" in seen
    assert all(path.startswith(f"/read/{token}/") for path in seen)


@pytest.mark.parametrize("end", ["left", "forgotten", "complained"])
def test_who_is_a_member_no_more_reads_no_more(house: House, end: str) -> None:
    token = house.join()
    database, address = house.front.site.database, Address("ana", "example.net")
    match end:
        case "left":
            house.reader.post(f"/u/{token}", {"List-Unsubscribe": "One-Click"})
        case "forgotten":
            database.subscribers.forget(address, since=house.front.stamp)
        case _:
            database.subscribers.suppress(address, "complained", since=house.front.stamp)
    nobody = house.reader.get(f"/read/nobody{CLOSED}")

    answer = house.reader.get(f"/read/{token}{CLOSED}")

    assert (answer.status, answer.content) == (404, nobody.content)
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"


def test_a_dead_mailbox_has_still_a_reader(house: House) -> None:
    token = house.join()
    address = Address("ana", "example.net")
    house.front.site.database.subscribers.suppress(address, "bounced", since=house.front.stamp)
    assert house.reader.get(f"/read/{token}{CLOSED}").status == 200


def test_nobody_else_finds_it(house: House) -> None:
    token = house.join()
    assert house.reader.get(CLOSED).status == 404
    assert house.reader.get("/archive-members/archive/2026-015/").status == 404
    for path in ("../archive-members", "%2e%2e/archive-members/archive/2026-015/", "..%2f.."):
        assert house.reader.get(f"/archive/{path}").status == 404
        assert house.reader.get(f"/read/{token}/{path}").status == 404
    for name in ("feed.xml", "rss.xml", "feed.json", "sitemap.xml", "archive/search.json"):
        assert b"2026-015" not in house.reader.get(f"/{name}").content
    assert b"Disallow: /read/" in house.reader.get("/robots.txt").content


def test_an_issue_that_is_closed_goes_from_the_members_too(house: House) -> None:
    token = house.join()
    path = house.front.site.folder / "issues" / "2026-015" / "issue.md"
    path.write_text(path.read_text().replace("archive: members", "archive: never"))
    Shelf(house.front.site).refresh()
    assert house.reader.get(f"/read/{token}{CLOSED}").status == 404
    assert not Shelf(house.front.site).members.exists()


def test_a_letter_leads_its_own_reader_there(house: House) -> None:
    tokens = {"ana@example.net": house.join()}
    house.ask("bo@example.net")
    (mail,) = house.mails()
    house.reader.post(house.link(mail))
    site = house.front.site
    planned = Planned.of(site, site.read("2026-015"), "everyone")
    planned.refuse(site)
    carry_on(site, planned.freeze(site), Terms())

    pages = {}
    for path in (site.state / "outbox").rglob("*.eml"):
        letter = message_from_bytes(path.read_bytes(), policy=default)
        if "No. 15" not in str(letter["Subject"]):
            continue
        bodies = [letter.get_body((kind,)) for kind in ("html", "plain")]
        html, text = (body.get_content() for body in bodies if body is not None)
        (link,) = set(re.findall(r"https://news\.example\.org(/read/[^\"\s>]+)", unescape(html)))
        assert link in text
        pages[str(letter["To"])] = link

    assert len(set(pages.values())) == 2
    assert pages["ana@example.net"] == f"/read/{tokens['ana@example.net']}{CLOSED}"
    for link in pages.values():
        assert b"No. 15" in house.reader.get(link).content
