"""What others are told: at least once, signed, in its time, and never of somebody forgotten."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from composer.cli.main import main
from composer.events.event import Event, Kind, key_of
from composer.model.address import Address
from composer.outgoing import PAUSES_S, Told, signed, tell
from composer.reading.site_outgoing import key_of as secret_key_of
from composer.sending.provider import Answer, Outcome
from composer.site import Site
from composer.storage.events import EventBook
from tests.contract.ledgers import Desk
from tests.servers.listener import Listener
from tests.unit.storage.lists import url_of

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
NOW = "2026-11-20T09:00:00Z"
NOW_S = 1_795_165_200

TOML = """
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
postal_address = "12 Quay Street, Port Example"
base_url = "https://news.example.org"
[database]
url = "{database}"
[subscribers.fields]
role = "text"
seats = "number"
joined = "date"
press = "boolean"
topics = "set"
[outgoing]
{outgoing}
"""


def site_in(folder: Path, outgoing: str) -> Site:
    folder.mkdir(parents=True, exist_ok=True)
    text = TOML.format(database=url_of(folder), outgoing=outgoing)
    (folder / "newsletter.toml").write_text(text)
    return Site.find(folder, {"TOLD": SECRET})


def to_url(listener: Listener) -> str:
    return f'url = "{listener.url}"\nsecret = {{ env = "TOLD" }}'


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW_S

    def __call__(self) -> float:
        return self.now


def desk_of(site: Site) -> Desk:
    desk = Desk(site.database)
    desk.add(5)
    return desk


def bodies(listener: Listener) -> list[dict[str, object]]:
    return [json.loads(body) for _, body in listener.heard]


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of standardwebhooks.com's own libraries."""
    key = secret_key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    name = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    headers = signed(name, 1_614_265_330, b'{"test": 2432232314}', key)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_who_leaves_and_comes_back_is_told_of_and_signed(folder: Path) -> None:
    with Listener() as listener:
        site = site_in(folder, to_url(listener))
        desk_of(site)
        entry = site.database.subscribers.find(Address("reader1", "example.org"))
        assert entry is not None
        assert site.database.leaving.leave(entry.token, "one-click", NOW)
        assert not site.database.leaving.leave(entry.token, "one-click", NOW)
        assert site.database.leaving.stay(entry.token, NOW)
        assert tell(site) == Told(2, 0)
        assert tell(site) == Told(0, 0)
    left, back = bodies(listener)
    assert left == {
        "type": "subscriber.unsubscribed",
        "timestamp": NOW,
        "data": {
            "address": "reader1@example.org",
            "reason": "unsubscribed",
            "how": "one-click",
        },
    }
    assert (back["type"], back["data"]["source"]) == ("subscriber.subscribed", "came back")  # type: ignore[index]
    headers, body = listener.heard[0]
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(b"k" * 24, said, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"


def test_news_and_the_end_of_a_mailing_are_told(folder: Path) -> None:
    with Listener() as listener:
        site = site_in(folder, to_url(listener))
        desk = desk_of(site)
        mailing = desk.mail()
        batch = desk.ledger.begin(mailing.id, 10)
        desk.ledger.finish([Outcome(d.id, Answer.ACCEPTED) for d in batch])
        assert desk.ledger.orders.close(mailing.id)
        assert desk.ledger.orders.close(mailing.id)
        event = Event(key_of("x"), Kind.COMPLAINED, NOW, batch[0].id)
        EventBook(site.database.store).apply("sendgrid", [event, event], now=NOW)
        assert tell(site) == Told(2, 0)
    by_kind = {str(one["type"]): one["data"] for one in bodies(listener)}
    assert by_kind["mailing.finished"]["accepted"] == len(batch)  # type: ignore[index]
    assert by_kind["mailing.finished"]["balanced"] is True  # type: ignore[index]
    assert by_kind["subscriber.unsubscribed"]["reason"] == "complained"  # type: ignore[index]


def test_what_fails_is_told_again_under_the_same_id_and_one_day_no_more(folder: Path) -> None:
    with Listener(*[500] * 30) as listener:
        site = site_in(folder, to_url(listener))
        desk = desk_of(site)
        assert desk.database.subscribers.suppress(Address("reader2", "example.org"), "x", since=NOW)
        clock = Clock()
        for pause_s in PAUSES_S:
            assert tell(site, now=clock) == Told(0, 1)
            clock.now += pause_s - 1
            assert tell(site, now=clock) == Told(0, 0)
            clock.now += 1
        assert tell(site, now=clock) == Told(0, 1)
        assert site.database.notices.counts() == {"waiting": 0, "given up": 1}
        assert site.database.notices.last_trouble() == "answered 500"
        clock.now += 10**7
        assert tell(site, now=clock) == Told(0, 0)
        assert site.database.notices.retry(clock.now) == 1
        listener.answers.clear()
        assert tell(site, now=clock) == Told(1, 0)
    assert len({headers["webhook-id"] for headers, _ in listener.heard}) == 1
    assert len(listener.heard) == len(PAUSES_S) + 2


def test_who_wants_nothing_any_more_gets_nothing_any_more(folder: Path) -> None:
    with Listener(410) as listener:
        site = site_in(folder, to_url(listener))
        desk = desk_of(site)
        desk.database.subscribers.suppress(Address("reader2", "example.org"), "x", since=NOW)
        assert tell(site) == Told(0, 1)
        assert site.database.notices.counts() == {"waiting": 0, "given up": 1}


def test_nobody_is_told_of_who_was_forgotten(folder: Path) -> None:
    with Listener() as listener:
        site = site_in(folder, to_url(listener))
        desk = desk_of(site)
        address = Address("reader3", "example.org")
        desk.database.subscribers.suppress(address, "x", since=NOW)
        assert desk.database.subscribers.forget(address, since=NOW)
        assert tell(site) == Told(0, 0)
        assert listener.heard == []


def test_nothing_is_kept_where_nobody_wants_to_know(folder: Path) -> None:
    site = site_in(folder, 'kinds = ["mailing.finished"]\nhook = "nobody:asks"')
    desk = desk_of(site)
    desk.database.subscribers.suppress(Address("reader2", "example.org"), "x", since=NOW)
    assert site.database.notices.counts() == {"waiting": 0, "given up": 0}


def test_a_python_function_is_called_and_what_it_raises_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "harbour_hooks.py").write_text(
        "told = []\n"
        "def hear(message):\n"
        "    told.append(message)\n"
        "    if len(told) == 1:\n"
        "        raise RuntimeError('not today, reader2@example.org')\n"
    )
    site = site_in(tmp_path, 'hook = "harbour_hooks:hear"')
    desk = desk_of(site)
    desk.database.subscribers.suppress(Address("reader2", "example.org"), "x", since=NOW)
    assert tell(site, now=lambda: NOW_S) == Told(0, 1)
    assert site.database.notices.last_trouble() == "the hook raised RuntimeError"
    assert tell(site, now=lambda: NOW_S + PAUSES_S[0]) == Told(1, 0)


@pytest.mark.parametrize(
    ("outgoing", "problem"),
    [
        ('url = "http://example.org/x"\nsecret = { env = "TOLD" }', "it needs https"),
        ('url = "https://me:pw@example.org/x"\nsecret = { env = "TOLD" }', "a password in a URL"),
        ('url = "https://example.org/x"', "needs 'secret'"),
        ('url = "https://example.org/x"\nsecret = "whsec_x"', "secret"),
        ('url = "https://example.org/x"\nsecret = { env = "SHORT" }', "no secret of Standard"),
        ('hook = "my-hooks"', "names no function"),
        ('kinds = ["mailing.opened"]', "mailing.finished"),
    ],
)
def test_what_cannot_be_told_is_a_finding_with_its_place(
    tmp_path: Path, outgoing: str, problem: str
) -> None:
    (tmp_path / "newsletter.toml").write_text(
        TOML.format(database="sqlite:///.newsletter/newsletter.db", outgoing=outgoing)
    )
    environ = {"TOLD": SECRET, "SHORT": "whsec_c2hvcnQ="}
    ran = CliRunner().invoke(main, ["-C", str(tmp_path), "outgoing"], env=environ)
    assert ran.exit_code == 4, ran.output
    assert problem in ran.output
    assert "newsletter.toml:" in ran.output


def test_the_command_tells_and_says_what_could_not_be_told(tmp_path: Path) -> None:
    with Listener(503) as listener:
        site = site_in(tmp_path, to_url(listener))
        desk = desk_of(site)
        desk.database.subscribers.suppress(Address("reader2", "example.org"), "x", since=NOW)
        ran = CliRunner().invoke(main, ["-C", str(tmp_path), "outgoing"], env={"TOLD": SECRET})
        assert ran.exit_code == 1
        assert "told 0, waiting 1, given up 0\n  last trouble: answered 503" in ran.output
        words = ["-C", str(tmp_path), "--json", "outgoing", "--retry"]
        ran = CliRunner().invoke(main, words, env={"TOLD": SECRET})
        assert (ran.exit_code, json.loads(ran.stdout)["told"]) == (0, 1)
    ran = CliRunner().invoke(main, ["-C", str(tmp_path), "outgoing"], env={})
    assert ran.exit_code == 4
    assert "the variable TOLD is not set" in ran.output
