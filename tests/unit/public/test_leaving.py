"""Leaving: one click, for ever, and back."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from composer.errors import StorageError
from composer.model.address import Address
from composer.reports.books import document_of, text_of
from composer.web.public.together import Together
from tests.contract.ledgers import Desk
from tests.unit.public.sites import House

ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.at(tmp_path / "site")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", ONE_CLICK),
        ("multipart/form-data; boundary=x", MULTIPART),
        ("multipart/form-data", b"no boundary at all"),
        ("text/plain", b"List-Unsubscribe=One-Click"),
        ("", b""),
    ],
)
def test_one_click_is_enough_whatever_the_body_looks_like(
    house: House, kind: str, body: bytes
) -> None:
    token = house.join()

    answer = house.reader.ask("POST", f"/u/{token}", {"Content-Type": kind}, body)

    assert answer.status == 200
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert house.suppressed() == "unsubscribed"


def test_one_click_is_in_the_report_of_the_mailing(folder: Path) -> None:
    house = House.at(folder)
    site = house.front.site
    desk = Desk(site.database)
    desk.add(3)
    mailing = desk.mail()
    desk.send_all(mailing.id)
    entry = site.database.subscribers.find(Address("reader1", "example.org"))
    assert entry is not None

    for _ in range(2):  # some programs press it again
        assert (
            house.reader.post(f"/u/{entry.token}", {"List-Unsubscribe": "One-Click"}).status == 200
        )

    books = site.database.ledger.books(mailing.id)
    assert document_of(mailing, books)["events"] == {
        "delivered": 0,
        "bounced": 0,
        "complained": 0,
        "unsubscribed": 1,
    }
    assert "told later: 1 unsubscribed" in text_of(mailing, books)
    assert books.balanced


def test_looking_is_not_leaving(house: House) -> None:
    token = house.join()
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
        house.reader.ask(method, f"/u/{token}")
    assert house.suppressed() == ""


def test_a_bad_token_is_answered_as_a_good_one(house: House) -> None:
    token = house.join()
    for method, body in (("GET", b""), ("POST", ONE_CLICK), ("POST", ONE_CLICK)):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        good = house.reader.ask(method, f"/u/{token}", kind, body)
        for other in ("nobody", "A" * 24, "%00", "x/y", "é" * 50):
            bad = house.reader.ask(method, f"/u/{other}", kind, body)
            if other != "x/y":
                assert (bad.status, bad.content) == (good.status, good.content)


def test_leaving_can_be_explained_and_undone(house: House) -> None:
    token = house.join()
    house.reader.post(f"/u/{token}", {"action": "leave"})
    assert house.suppressed() == "unsubscribed"

    told = house.reader.post(f"/u/{token}", {"action": "tell", "reason": "too_often"})
    assert "Thank you for telling us" in told.text
    kept = house.front.site.database.preferences.everything(token)
    assert kept is not None
    assert "too_often" in str(kept["decisions"])

    back = house.reader.post(f"/u/{token}", {"action": "stay"})
    assert "subscribed again" in back.text
    assert house.suppressed() == ""


def test_a_reason_from_another_tab_does_not_make_leave_who_came_back(house: House) -> None:
    token = house.join()
    for action in ("leave", "stay"):
        house.reader.post(f"/u/{token}", {"action": action})
    kept = house.front.site.database.preferences.everything(token)

    told = house.reader.post(f"/u/{token}", {"action": "tell", "reason": "too_often"})

    assert told.status == 200
    assert "Nothing was changed: you are not unsubscribed." in told.text
    assert "Unsubscribe" in told.text  # whoever wants out is one button away
    assert house.suppressed() == ""
    assert house.front.site.database.preferences.everything(token) == kept
    unknown = house.reader.post("/u/nobody", {"action": "tell", "reason": "too_often"})
    assert (unknown.status, unknown.content) == (told.status, told.content)


def test_a_reason_is_not_that_of_an_earlier_time(house: House) -> None:
    token = house.join()
    for action in ("leave", "stay"):
        house.reader.post(f"/u/{token}", {"action": action})
    people = house.front.site.database.subscribers
    people.suppress(Address.parse("ana@example.net"), "bounced", since="2026-11-20T00:00:00Z")

    house.reader.post(f"/u/{token}", {"action": "tell", "reason": "too_often"})

    kept = house.front.site.database.preferences.everything(token)
    assert kept is not None
    assert "too_often" not in str(kept["decisions"])
    assert house.suppressed() == "bounced"


def test_a_reason_is_one_that_we_offered(house: House) -> None:
    token = house.join()
    house.reader.post(f"/u/{token}", {"action": "leave"})
    house.reader.post(f"/u/{token}", {"action": "tell", "reason": "<script>"})
    kept = house.front.site.database.preferences.everything(token)
    assert "script" not in str(kept)
    assert house.suppressed() == "unsubscribed"


def test_undo_does_not_bring_back_who_complained(house: House) -> None:
    token = house.join()
    house.front.site.database.subscribers.suppress(
        Address.parse("ana@example.net"), "complained", since="2026-11-20T00:00:00Z"
    )
    page = house.reader.post(f"/u/{token}", {"action": "stay"})
    assert "could not be undone" in page.text
    assert house.suppressed() == "complained"


def test_many_who_leave_at_once_are_all_out(folder: Path) -> None:
    house = House.at(folder)
    addresses = [f"r{n}@example.net" for n in range(12)]
    tokens = [house.join(address) for address in addresses]

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda token: house.reader.post(f"/u/{token}"), tokens * 2))

    assert {answer.status for answer in answers} == {200}
    assert {house.suppressed(address) for address in addresses} == {"unsubscribed"}


def test_writes_that_wait_are_made_together_and_fail_together() -> None:
    begun, go_on = threading.Event(), threading.Event()
    batches: list[list[int]] = []

    def write(items: Sequence[int]) -> Sequence[int]:
        batches.append(list(items))
        begun.set()
        assert go_on.wait(60)
        if -1 in items:
            raise StorageError("the disk is full")
        return [item * 2 for item in items]

    together = Together(write)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(together.do, 0)
        assert begun.wait(60)
        rest = [pool.submit(together.do, n) for n in (1, 2, -1)]
        while len(together._waiting) < 3:  # noqa: SLF001 - until they all wait
            threading.Event().wait(0.01)
        go_on.set()
        assert first.result() == 0
        for one in rest:
            with pytest.raises(StorageError):
                one.result()
    assert [sorted(batch) for batch in batches] == [[0], [-1, 1, 2]]
