"""`/c/TOKEN`: to the link of the letter and nowhere else; looking changes nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from composer.clicks import take_in_before, take_in_clicks
from composer.dispatch import Planned, carry_on
from composer.doctor.diagnosis import Health
from composer.doctor.pages import pages
from composer.doctor.patient import Patient
from composer.errors import StorageError
from composer.http_client import Answer
from composer.model.address import Address
from composer.model.clicks import link_of
from composer.model.delivery import Status
from composer.model.mailing import Mailing
from composer.reports.figures import Figures
from composer.sending.choice import Course
from composer.sending.terms import Terms
from composer.storage.event_tables import events
from composer.storage.spool import Spool
from composer.storage.tables import deliveries
from composer.web.public.door import public_app
from composer.web.public.front import Front
from tests.unit.doctor.patients import Book
from tests.unit.public.sites import PUBLIC, TOML, Clock, House, Reader, make_site
from tests.unit.public.test_routes import everything_in

TARGETS = (
    "https://harbour.example/14?a=1&b=2#top",
    "http://gazette.example/strike",
    "https://portal.example/ports/%C3%A9",
)
ISSUE = f"""\
---
title: No. 20
number: 20
date: 2026-11-20
authors: [Mira Okafor]
categories: [Ports]
---

## Dockers {{#dockers}}

[One]({TARGETS[0]}), [two]({TARGETS[1]}), [one again]({TARGETS[0]}), [here](#dockers).

[Three]({TARGETS[2]}){{.button}}
"""
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@dataclass
class Sent:
    """A house whose two readers have a letter with counted links."""

    house: House
    mailing: Mailing
    letters: Mapping[str, Mapping[str, str]]  #: address → target → path

    @property
    def paths(self) -> Mapping[str, str]:
        return self.letters["ana@example.net"]

    def follow(self, target: str, *, by: str = "ana@example.net", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.house.reader.get(self.letters[by][target], BROWSER | named)

    @property
    def spool(self) -> Spool:
        return self.house.front.site.database.clicks.spool

    @property
    def figures(self) -> Figures:
        database = self.house.front.site.database
        return database.figures.figures(self.mailing, database.ledger.books(self.mailing.id))

    def rows(self) -> list[Any]:
        """What is in the books when everything was taken in."""
        site = self.house.front.site
        take_in_clicks(site, now=self.house.front.stamp)
        with site.database.store.reading() as connection:
            return list(connection.execute(select(events).order_by(events.c.at)))


def html_of(path: Path) -> tuple[str, str]:
    message = message_from_bytes(path.read_bytes(), policy=default)
    body = message.get_body(("html",))
    assert body is not None
    return message["To"].addresses[0].addr_spec, body.get_content()


def send(folder: Path, *, base: str = "", count_clicks: bool = True) -> Sent:
    issue = folder / "issues" / "2026-020"
    issue.mkdir(parents=True)
    (issue / "issue.md").write_text(ISSUE)
    toml = TOML.replace("https://news.example.org", f"https://news.example.org{base}") + PUBLIC
    house = House.at(folder, toml)
    site = house.front.site
    for name in ("ana", "bo"):
        assert house.ask(f"{name}@example.net").status == 200
        (mail,) = house.mails()
        house.reader.post(house.link(mail))
    course = Course(count_clicks=count_clicks)
    planned = Planned.of(site, site.read("2026-020"), "everyone", course=course)
    planned.refuse(site)
    mailing = planned.freeze(site)
    carry_on(site, mailing, Terms())
    house.clock.go_on(days=4000)  # long after it was accepted, by whatever clock
    letters = {}
    for path in (site.state / "outbox" / mailing.id).glob("*.eml"):
        to, html = html_of(path)
        hrefs = [unescape(h) for h in re.findall(r'<a [^>]*?href="([^"]+)"', html)]
        own = [h.removeprefix(f"https://news.example.org{base}") for h in hrefs if "/c/" in h]
        letters[to] = dict(zip(_targets_in_order(), own, strict=True)) if own else {}
    return Sent(house, mailing, letters)


def _targets_in_order() -> list[str]:
    return [TARGETS[0], TARGETS[1], TARGETS[0], TARGETS[2]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """Made once: what a test gets is a copy."""
    made = send(tmp_path_factory.mktemp("model") / "site")
    made.house.front.site.database.store.engine.dispose()
    return made


@pytest.fixture
def sent(model: Sent, tmp_path: Path) -> Sent:
    folder = tmp_path / "site"
    shutil.copytree(model.house.front.site.folder, folder)
    clock = Clock()
    clock.at = model.house.clock.at
    front = Front(make_site(folder, TOML + PUBLIC), now=clock)
    return replace(model, house=House(front, clock, Reader(public_app(front))))


@pytest.fixture
def sent_from_both(folder: Path) -> Sent:
    """On either kind of database."""
    return send(folder)


def test_each_link_leads_where_it_did_and_is_counted_for_its_reader(
    sent_from_both: Sent,
) -> None:
    sent = sent_from_both
    before = everything_in(sent.house)
    for target in TARGETS:
        answer = sent.follow(target)
        assert answer.status == 302
        assert answer.headers["location"] == target
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
        assert answer.content == b""
        sent.house.clock.go_on(minutes=5)
    sent.follow(TARGETS[0], by="bo@example.net")
    assert everything_in(sent.house) == before

    told_again = (sent.spool.folder / "clicks").read_bytes()
    assert len(sent.rows()) == len(TARGETS) + 1
    (sent.spool.folder / "taken-again").write_bytes(told_again)
    rows = sent.rows()

    assert sorted((row.link, row.kind, row.machine) for row in rows) == sorted(
        (target, "clicked", False) for target in (*TARGETS, TARGETS[0])
    )
    assert len({row.delivery for row in rows}) == 2
    assert {row.provider for row in rows} == {"pages"}
    figures = sent.figures
    assert [(c.link, c.people) for c in figures.clicks] == [
        (TARGETS[0], 2),
        (TARGETS[1], 1),
        (TARGETS[2], 1),
    ]


def test_looking_changes_nothing_in_the_database(sent: Sent) -> None:
    before = everything_in(sent.house)
    for path in (*sent.paths.values(), "/c/nobody"):
        for method in ("GET", "HEAD"):
            sent.house.reader.ask(method, path, BROWSER)
    assert everything_in(sent.house) == before
    assert len(sent.rows()) == len(TARGETS)


def test_head_is_led_on_and_never_counted(sent: Sent) -> None:
    answer = sent.house.reader.ask("HEAD", sent.paths[TARGETS[0]], BROWSER)
    assert (answer.status, answer.headers["location"]) == (302, TARGETS[0])
    assert sent.spool.is_empty


def test_who_asks_not_to_be_followed_is_led_on_and_not_counted(sent: Sent) -> None:
    for header in ({"Sec_GPC": "1"}, {"DNT": "1"}):
        assert sent.follow(TARGETS[0], **header).status == 302
    assert sent.spool.is_empty


@pytest.mark.parametrize(
    "headers",
    [
        {"User_Agent": "Mozilla/5.0"},
        {"User_Agent": ""},
        {"User_Agent": "Barracuda Sentinel (EE)"},
        {"Sec_Purpose": "prefetch;prerender"},
    ],
)
def test_a_program_is_led_on_and_counted_as_one(sent: Sent, headers: dict[str, str]) -> None:
    assert sent.follow(TARGETS[0], **headers).status == 302
    (row,) = sent.rows()
    assert row.machine
    measured = sent.figures.clicks
    assert [(c.people, c.machines) for c in measured] == [(0, 1)]


def test_a_click_within_seconds_of_the_acceptance_is_a_programs(sent: Sent) -> None:
    with sent.house.front.site.database.store.reading() as connection:
        at = max(connection.scalars(select(deliveries.c.at)))
    for seconds, target in ((5, TARGETS[0]), (60, TARGETS[1])):
        sent.house.clock.at = datetime.fromtimestamp(at + seconds, UTC)
        sent.follow(target)
    assert {row.link: row.machine for row in sent.rows()} == {TARGETS[0]: True, TARGETS[1]: False}


def test_a_click_proves_that_a_letter_of_unknown_fate_arrived(sent: Sent) -> None:
    ledger = sent.house.front.site.database.ledger
    with sent.house.front.site.database.store.writing() as connection:
        connection.execute(update(deliveries).values(status="unknown"))
    sent.follow(TARGETS[0])
    sent.rows()
    books = ledger.books(sent.mailing.id)
    assert (books.count(Status.ACCEPTED), books.count(Status.UNKNOWN)) == (1, 1)
    assert books.balanced


def test_a_click_again_within_the_minute_is_the_same_one(sent: Sent) -> None:
    for _ in range(3):
        sent.follow(TARGETS[0])
    sent.house.clock.go_on(seconds=61)
    sent.follow(TARGETS[0])
    assert len(sent.rows()) == 2


def _take_in_and_die(folder: Path, now: str, at: str) -> None:
    site = make_site(folder, TOML + PUBLIC)
    if at == "unlink":
        Path.unlink = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
    else:
        site.database.events.apply = (  # type: ignore[method-assign]
            lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
        )
    take_in_clicks(site, now=now)


@pytest.mark.parametrize("at", ["apply", "unlink"])
def test_whoever_dies_around_the_books_loses_no_click_and_counts_none_twice(
    sent: Sent, at: str
) -> None:
    for target in TARGETS:
        sent.follow(target)
    args = (sent.house.front.site.folder, sent.house.front.stamp, at)
    dying = multiprocessing.get_context("spawn").Process(target=_take_in_and_die, args=args)
    dying.start()
    dying.join()
    assert dying.exitcode == -signal.SIGKILL
    assert not sent.spool.is_empty

    assert sorted(row.link for row in sent.rows()) == sorted(TARGETS)
    assert sent.spool.is_empty


def test_nothing_that_is_kept_tells_of_the_visitor(sent: Sent) -> None:
    sent.follow(TARGETS[0])
    line = (sent.spool.folder / "clicks").read_text()
    (row,) = sent.rows()
    for secret in ("192.0.2.7", "Firefox", "ana@example.net"):
        assert secret not in line
        assert secret not in repr(tuple(row))


def test_readers_see_what_is_kept_of_them(sent: Sent) -> None:
    sent.follow(TARGETS[0])
    sent.follow(TARGETS[1], by="bo@example.net")
    sent.rows()
    site = sent.house.front.site
    token = next(
        reader.token
        for reader in site.database.subscribers.matching()
        if str(reader.subscriber.address) == "ana@example.net"
    )
    form = {"action": "data", "address": "ana@example.net"}
    data = json.loads(sent.house.reader.post(f"/preferences/{token}", form).content)
    (letter,) = data["letters"]
    at = sent.house.front.stamp
    assert letter["told"] == [{"what": "clicked", "at": at, "link": TARGETS[0]}]


def test_a_reader_who_was_forgotten_leaves_no_word(sent: Sent) -> None:
    sent.follow(TARGETS[0])
    address = Address.parse("ana@example.net")
    sent.house.front.site.database.subscribers.forget(address, since=sent.house.front.stamp)
    assert [row.link for row in sent.rows()] == [""]


def test_clicks_that_cannot_be_read_are_one_clear_error(sent: Sent) -> None:
    site = sent.house.front.site
    sent.spool.folder.parent.mkdir(exist_ok=True)
    sent.spool.folder.write_text("no folder")
    with pytest.raises(StorageError, match=r"the clicks in \.newsletter/clicks cannot be read"):
        take_in_clicks(site, now=sent.house.front.stamp)
    take_in_before(site, now=sent.house.front.stamp)
    assert sent.follow(TARGETS[0]).status == 302


def test_a_full_disk_stops_no_reader(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spool, "add", full)
    assert sent.follow(TARGETS[0]).status == 302


def test_links_work_below_a_prefix(tmp_path: Path) -> None:
    sent = send(tmp_path / "site", base="/news")
    assert sent.follow(TARGETS[1]).headers["location"] == TARGETS[1]


def test_nothing_is_counted_unless_it_was_asked_for(tmp_path: Path) -> None:
    sent = send(tmp_path / "site", count_clicks=False)
    assert list(sent.letters.values()) == [{}, {}]


# --- forgers ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def forged(model: Sent) -> Sent:
    return model  # nothing of what is asked of it is counted


def parts_of(path: str) -> list[str]:
    return path.removeprefix("/c/").split("-")


def test_parts_of_several_tokens_make_none(forged: Sent) -> None:
    own, other = (parts_of(forged.paths[target]) for target in TARGETS[:2])
    bo = parts_of(forged.letters["bo@example.net"][TARGETS[0]])
    strange = link_of("https://evil.example/")
    for delivery, link, proof in (
        (own[0], other[1], own[2]),
        (bo[0], own[1], own[2]),
        (own[0], own[1], bo[2]),
        (own[0], strange, own[2]),
        ("0" + own[0], own[1], own[2]),
        (own[0], own[1], own[2].upper()),
        (own[0], own[1], own[2][:-1]),
        (own[0], own[1], own[2] + "0"),
        ("fffffffffffffff", own[1], own[2]),
        ("0", own[1], own[2]),
    ):
        if [delivery, link, proof] == own:
            continue
        answer = forged.house.reader.get(f"/c/{delivery}-{link}-{proof}", BROWSER)
        assert (answer.status, "location" in answer.headers) == (404, False)
    assert forged.spool.is_empty


def test_a_target_in_the_address_leads_nowhere(forged: Sent) -> None:
    good = forged.paths[TARGETS[0]]
    for tail in ("?url=https://evil.example", "?to=//evil.example", "?a#https://evil.example"):
        answer = forged.house.reader.ask("HEAD", good + tail, BROWSER)
        assert answer.headers["location"] == TARGETS[0]
    for path in (
        "/c/https://evil.example",
        "/c//evil.example",
        "/c/%2f%2fevil.example",
        "/c/..%2f..%2fevil",
        f"{good}/../https:%2f%2fevil.example",
        f"{good}%0d%0aLocation:%20https://evil.example",
        "/c/",
    ):
        answer = forged.house.reader.ask("HEAD", path, BROWSER)
        assert answer.status == 404, path
        assert "location" not in answer.headers


@given(
    st.one_of(
        st.text(max_size=60),
        st.from_regex(r"[0-9a-f]{1,15}-[0-9a-f]{14}-[0-9a-f]{16}", fullmatch=True),
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_token_that_was_not_given_out_is_one(forged: Sent, token: str) -> None:
    given_out = {path.removeprefix("/c/") for of in forged.letters.values() for path in of.values()}
    found = forged.house.front.site.database.clicks.of_token(token)
    assert (found is not None) == (token in given_out)


class Through:
    """The doctor's way to the pages: over the wire, or as if another site answered there."""

    def __init__(self, sent: Sent, base: str) -> None:
        self.sent, self.base = sent, base

    def ask(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        found = self.sent.house.reader.ask(method, url.removeprefix(self.base), dict(headers or {}))
        return Answer(found.status, found.headers)


def test_the_doctor_follows_a_link_of_letters_that_are_out_and_counts_none(
    sent: Sent, tmp_path: Path
) -> None:
    site = sent.house.front.site
    base = site.settings.newsletter.base_url
    before = everything_in(sent.house)

    found = {d.code: d for d in pages(Patient(site, Book(), Through(sent, base)))}

    assert found["web/links"].health is Health.GOOD
    assert (everything_in(sent.house), sent.spool.is_empty) == (before, True)


def test_the_doctor_sees_links_that_another_site_answers(sent: Sent, tmp_path: Path) -> None:
    other = House.at(tmp_path / "other", TOML)
    asked = Through(replace(sent, house=other), sent.house.front.site.settings.newsletter.base_url)

    found = {d.code: d for d in pages(Patient(sent.house.front.site, Book(), asked))}

    assert found["web/links"].health is Health.ERROR
    assert "answers 404" in found["web/links"].message
