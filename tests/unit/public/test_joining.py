"""Joining: a form, a mail, a button; and what robots and bombers get."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from pathlib import Path

import pytest

from composer.model.address import Address
from composer.web.public.door import public_app
from tests.unit.public.sites import PUBLIC, TOML, House, Reader


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.at(tmp_path / "site")


def test_a_reader_comes_in_by_form_mail_and_button(folder: Path) -> None:
    house = House.at(folder)
    token = house.join(topics="energy", lang="de")

    entry = house.front.site.database.subscribers.by_token(token)
    assert entry is not None
    assert str(entry.subscriber.address) == "ana@example.net"
    assert entry.subscriber.confirmed
    assert entry.subscriber.locale == "de"
    assert entry.raw == {"topics": "energy"}
    assert entry.subscriber.consent_source == "/subscribe"


def test_the_mail_is_in_the_readers_language_and_says_nothing_that_they_wrote(
    house: House,
) -> None:
    spam = "BUY-GOLD https://spam.example"
    house.ask("ana@example.net", lang="de", topics=spam, source=spam, name=spam)

    (mail,) = house.mails()

    assert mail["Subject"] == "Bitte bestätigen: Harbour Watch"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    assert mail["To"] == "ana@example.net"
    assert "gold" not in str(mail).lower()
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        text = body.get_content()
        assert "Ja, abonnieren" in text
        assert "spam.example" not in text


def test_the_answer_is_the_same_whoever_asks(house: House) -> None:
    token = house.join("known@example.net")
    house.join("gone@example.net")
    database = house.front.site.database
    database.subscribers.suppress(Address.parse("gone@example.net"), "bounced", since="2026-01-01")

    answers = {
        address: house.ask(address)
        for address in ("new@example.net", "known@example.net", "gone@example.net")
    }

    assert token
    assert {a.status for a in answers.values()} == {200}
    assert len({a.content for a in answers.values()}) == 1
    assert len({tuple(sorted(a.headers.items())) for a in answers.values()}) == 1
    assert "known@example.net" not in next(iter(answers.values())).text


def test_a_confirmation_needs_the_button(house: House) -> None:
    house.ask()
    (mail,) = house.mails()
    link = house.link(mail)

    for _ in range(3):
        assert house.reader.get(link).status == 200
        assert house.reader.ask("HEAD", link).status == 200
    assert house.front.site.database.subscribers.find(Address.parse("ana@example.net")) is None

    assert house.reader.post(link).status == 200
    assert house.reader.post(link).status == 200
    assert house.reader.post("/confirm/never-given-out").status == 404


def test_a_link_is_good_for_a_week(house: House) -> None:
    house.ask()
    (mail,) = house.mails()
    house.clock.go_on(days=8)

    assert house.reader.post(house.link(mail)).status == 404


@pytest.mark.parametrize("stamp", ["", "made-up", "0.0.0", "zz.zz.zz", "é"])
def test_a_form_that_we_did_not_show_is_shown_first(house: House, stamp: str) -> None:
    page = house.reader.post("/subscribe", {"stamp": stamp, "address": "ana@example.net"})

    assert page.status == 200
    assert 'value="ana@example.net"' in page.text
    assert house.mails() == []
    found = re.findall(r'name="stamp" value="([^"]+)"', page.text)
    house.clock.go_on(seconds=3)
    house.reader.post("/subscribe", {"stamp": found[0], "address": "ana@example.net"})
    assert len(house.mails()) == 1


@pytest.mark.parametrize("seconds", [0, 1, 100_000])
def test_a_form_that_comes_back_at_once_or_much_later_is_shown_once_more(
    house: House, seconds: int
) -> None:
    stamp = house.front.stamps.made(house.front.seconds)
    house.clock.go_on(seconds=seconds)

    house.reader.post("/subscribe", {"stamp": stamp, "address": "ana@example.net"})

    assert house.mails() == []


def test_who_fills_in_the_trap_is_told_what_everybody_is_told(house: House) -> None:
    caught = house.ask("robot@example.net", fax_number="555")

    assert house.mails() == []
    assert caught.content == house.ask("ana@example.net").content


@pytest.mark.parametrize("address", ["", "ana", "ana@", "a@b@c", "x" * 400 + "@example.net"])
def test_what_is_no_address_is_said_so(house: House, address: str) -> None:
    page = house.ask(address)

    assert page.status == 422
    assert "name@example.org" in page.text


def test_a_list_bomber_gets_nowhere(tmp_path: Path) -> None:
    toml = TOML + "[public]\nvisitor_limit = 10\ndomain_limit = 15\n"
    house = House.at(tmp_path / "site", toml)

    # One victim, from many places: one mail.
    for n in range(40):
        robot = House(house.front, house.clock, Reader(house.reader.app, f"198.51.100.{n}"))
        robot.ask("victim@example.net")
    assert len(house.mails()) == 1

    # Many victims of one house, from many places: no more than its limit in an hour.
    house.clock.go_on(hours=2)
    statuses = [
        House(house.front, house.clock, Reader(house.reader.app, f"203.0.113.{n}"))
        .ask(f"v{n}@corp.example")
        .status
        for n in range(40)
    ]
    assert statuses.count(200) == 15
    assert statuses.count(429) == 25
    assert len(house.mails()) == 15

    # One visitor, many victims anywhere.
    house.clock.go_on(hours=2)
    statuses = [house.ask(f"v@d{n}.example").status for n in range(30)]
    assert statuses.count(200) == 10
    assert len(house.mails()) == 10


def test_a_household_is_one_visitor_whatever_its_ipv6_address(tmp_path: Path) -> None:
    house = House.at(tmp_path / "site", TOML + "[public]\nvisitor_limit = 2\n")
    statuses = [
        House(house.front, house.clock, Reader(house.reader.app, f"2001:db8:1:2::{n:x}"))
        .ask(f"v{n}@example.net")
        .status
        for n in range(4)
    ]
    assert statuses == [200, 200, 429, 429]


def test_a_copy_of_the_form_on_another_site_leads_to_ours_and_is_remembered(
    house: House,
) -> None:
    page = house.reader.post(
        "/subscribe",
        {"address": "ana@example.net"},
        {"Origin": "https://partner.example"},
    )
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    house.clock.go_on(seconds=4)
    house.reader.post("/subscribe", {"address": "ana@example.net", **fields})

    (mail,) = house.mails()
    house.reader.post(house.link(mail))
    entry = house.front.site.database.subscribers.find(Address.parse("ana@example.net"))
    assert entry is not None
    assert entry.subscriber.consent_source == "https://partner.example"


# --- the puzzle ----------------------------------------------------------------------------


def puzzle_in(page: str) -> dict[str, object]:
    found = re.findall(r'data-challenge="([^"]+)"', page)
    puzzle: dict[str, object] = json.loads(html.unescape(found[0]))
    return puzzle


def solved(puzzle: dict[str, object]) -> str:
    """What the widget of ALTCHA would write into the form."""
    most = int(str(puzzle["maxnumber"]))
    number = next(
        n
        for n in range(most + 1)
        if hashlib.sha256(f"{puzzle['salt']}{n}".encode()).hexdigest() == puzzle["challenge"]
    )
    names = ("algorithm", "challenge", "salt", "signature")
    answer = {name: puzzle[name] for name in names} | {"number": number, "took": 7}
    return base64.b64encode(json.dumps(answer).encode()).decode()


@pytest.fixture
def puzzled(tmp_path: Path) -> House:
    return House.at(tmp_path / "site", TOML + PUBLIC + '[public]\naltcha = "always"\n')


def test_a_puzzle_lets_a_browser_in_once(puzzled: House) -> None:
    page = puzzled.reader.get("/subscribe")
    answer = solved(puzzle_in(page.text))

    assert puzzle_in(puzzled.ask("ana@example.net").text)
    assert puzzled.mails() == []
    puzzled.ask("ana@example.net", altcha=answer)
    assert len(puzzled.mails()) == 1
    puzzled.ask("bo@example.net", altcha=answer)
    assert puzzled.mails() == []


@pytest.mark.parametrize(
    "change",
    [
        {"number": 50_001},
        {"signature": "0" * 64},
        {"challenge": "0" * 64},
        {"salt": "00?expires=99999999999&"},
        {"algorithm": "SHA-1"},
        {"number": "7"},
        {"number": None},
    ],
)
def test_an_answer_that_is_not_to_our_puzzle_is_none(
    puzzled: House, change: dict[str, object]
) -> None:
    answer = json.loads(base64.b64decode(solved(puzzle_in(puzzled.reader.get("/subscribe").text))))
    wrong = base64.b64encode(json.dumps(answer | change).encode()).decode()

    puzzled.ask("ana@example.net", altcha=wrong)

    assert puzzled.mails() == []


def test_a_number_cannot_be_moved_into_the_salt(puzzled: House) -> None:
    """ALTCHA's advisory of December 2025: once `…=1` and `23` were as good as `…=12` and `3`."""
    answer = json.loads(base64.b64decode(solved(puzzle_in(puzzled.reader.get("/subscribe").text))))
    salt, number = str(answer["salt"]), str(answer["number"])
    for cut in range(1, len(number)):
        spliced = {"salt": f"{salt}{number[:cut]}", "number": int(number[cut:])}
        wrong = base64.b64encode(json.dumps(answer | spliced).encode()).decode()
        puzzled.ask(f"ana{cut}@example.net", altcha=wrong)
    assert puzzled.mails() == []


def test_an_old_answer_is_none(puzzled: House) -> None:
    answer = solved(puzzle_in(puzzled.reader.get("/subscribe").text))
    puzzled.clock.go_on(hours=1)
    puzzled.ask("ana@example.net", altcha=answer)
    assert puzzled.mails() == []


def test_only_who_asks_often_is_asked_for_a_puzzle_when_the_site_wants_it_so(
    tmp_path: Path,
) -> None:
    house = House.at(tmp_path / "site", TOML + '[public]\naltcha = "suspicious"\n')
    assert "data-challenge" not in house.reader.get("/subscribe").text
    pages = [house.ask(f"v{n}@example.net").text for n in range(5)]
    assert ["data-challenge" in page for page in pages] == [False, False, False, True, True]
    assert len(house.mails()) == 3


def test_forwarded_addresses_are_believed_of_trusted_servers_only(tmp_path: Path) -> None:
    house = House.at(tmp_path / "site", TOML + "[public]\nvisitor_limit = 1\n")

    def statuses(server: str) -> list[int]:
        found = []
        for n in range(2):
            stamp = house.front.stamps.made(house.front.seconds)
            house.clock.go_on(seconds=5)
            reader = Reader(public_app(house.front), server)
            form = {"stamp": stamp, "address": f"{server[-1]}{n}@example.net"}
            said = {"X-Forwarded-For": f"192.0.2.{n}"}
            found.append(reader.post("/subscribe", form, said).status)
        return found

    assert statuses("203.0.113.9") == [200, 429]
    assert statuses("127.0.0.1") == [200, 200]
