"""Preferences: what a reader may set, and who may have their data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from composer.model.address import Address
from tests.unit.public.sites import House

ANA = Address.parse("ana@example.net")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.at(tmp_path / "site")


def raw(house: House) -> dict[str, str]:
    entry = house.front.site.database.subscribers.find(ANA)
    assert entry is not None
    return entry.raw


def test_topics_are_set_and_what_the_page_does_not_offer_stays(house: House) -> None:
    token = house.join(topics="energy")
    database = house.front.site.database
    database.preferences.choose(token, {"topics": "energy;vip"}, "2026-11-20T00:00:00Z", until="")

    page = house.reader.post(f"/preferences/{token}", {"action": "save", "topics": "policy"})

    assert page.status == 200
    assert "Saved." in page.text
    assert raw(house)["topics"] == "policy;vip"
    house.reader.post(f"/preferences/{token}", {"action": "save", "topics": "board"})
    assert raw(house)["topics"] == "vip"


@pytest.mark.parametrize("form", [{"action": "bogus"}, {"action": ""}, {}])
def test_a_form_that_asks_for_nothing_we_do_is_refused(house: House, form: dict[str, str]) -> None:
    token = house.join(topics="energy")
    before = raw(house)

    page = house.reader.post(f"/preferences/{token}", {**form, "topics": "policy"})

    assert page.status == 400
    assert "Your preferences" in page.text
    assert raw(house) == before


def test_a_pause_is_shown_kept_and_ended(house: House) -> None:
    token = house.join()
    path = f"/preferences/{token}"

    page = house.reader.post(path, {"action": "save", "pause": "30"})
    assert "Until December 20, 2026" in page.text
    assert "Until December 20" in house.reader.post(path, {"action": "save", "pause": "keep"}).text
    assert "Until" not in house.reader.post(path, {"action": "save", "pause": ""}).text


def test_the_page_tells_nobody_the_address(house: House) -> None:
    token = house.join()
    page = house.reader.get(f"/preferences/{token}").text
    assert "ana@example.net" not in page
    assert "a…@example.net" in page


@pytest.mark.parametrize("typed", ["", "bo@example.net", "@", "ana@example.net\0x"])
@pytest.mark.parametrize("action", ["data", "forget"])
def test_data_and_oblivion_are_for_who_knows_the_address(
    house: House, action: str, typed: str
) -> None:
    token = house.join()
    page = house.reader.post(f"/preferences/{token}", {"action": action, "address": typed})
    assert page.status == 403
    assert house.front.site.database.subscribers.find(ANA) is not None


def test_a_reader_has_their_data(house: House) -> None:
    token = house.join(topics="energy")
    form = {"action": "data", "address": " Ana@Example.net "}
    answer = house.reader.post(f"/preferences/{token}", form)

    assert answer.headers["content-disposition"].startswith("attachment")
    data = json.loads(answer.content)
    assert data["address"] == "ana@example.net"
    assert data["fields"] == {"topics": "energy"}
    assert data["decisions"][0]["agreed_to"].startswith("Yes, send me Harbour Watch")


def test_a_reader_is_forgotten_and_their_letters_still_say_good_bye(house: House) -> None:
    token = house.join()
    form = {"action": "forget", "address": "ana@example.net"}

    page = house.reader.post(f"/preferences/{token}", form)

    assert "You are forgotten" in page.text
    assert house.front.site.database.subscribers.find(ANA) is None
    assert house.suppressed() == "forgotten"
    assert house.reader.get(f"/preferences/{token}").status == 404
    assert house.reader.post(f"/u/{token}").status == 200


def test_an_address_is_changed_when_the_new_one_answers(house: House) -> None:
    token = house.join(topics="energy")
    path = f"/preferences/{token}"
    assert house.reader.post(path, {"action": "move", "to": "nonsense"}).status == 422

    page = house.reader.post(path, {"action": "move", "to": "ana@example.org"})

    assert "a message is on its way" in page.text
    (mail,) = house.mails()
    assert mail["To"] == "ana@example.org"
    assert "new address" in str(mail["Subject"])
    assert "new address" in house.reader.get(house.link(mail)).text
    assert house.front.site.database.subscribers.find(ANA) is not None
    assert "was changed" in house.reader.post(house.link(mail)).text
    found = house.front.site.database.subscribers.find(Address.parse("ana@example.org"))
    assert found is not None
    assert found.token == token
    assert house.suppressed() == "moved"


def test_to_move_says_nothing_about_who_is_there(house: House) -> None:
    token, _ = house.join(), house.join("known@example.net")
    path = f"/preferences/{token}"
    known = house.reader.post(path, {"action": "move", "to": "known@example.net"})
    new = house.reader.post(path, {"action": "move", "to": "new@example.net"})
    assert known.content == new.content


def test_the_language_is_one_of_the_newsletters(tmp_path: Path) -> None:
    issue = tmp_path / "site" / "issues" / "2026-014"
    issue.mkdir(parents=True)
    for name in ("issue.md", "issue.de.md"):
        (issue / name).write_text("---\n---\n")
    house = House.at(tmp_path / "site")
    token = house.join()
    path = f"/preferences/{token}"

    assert '<option value="de"' in house.reader.get(path).text
    house.reader.post(path, {"action": "save", "locale": "de"})
    assert "Ihre Einstellungen" in house.reader.get(path).text
    house.reader.post(path, {"action": "save", "locale": "xx"})
    assert "Ihre Einstellungen" in house.reader.get(path).text
