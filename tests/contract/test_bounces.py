"""`newsletter bounces`: from the mailbox to the list and the books."""

from __future__ import annotations

import json
import os
import re
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from composer.bounces import read_bounces
from composer.cli.main import main
from composer.errors import StorageError
from composer.events.mail.mailbox import Held, Mailbox
from composer.model.address import Address
from composer.model.delivery import Delivery, Status
from composer.sending.provider import Answer, Outcome
from composer.site import Site
from tests.contract.ledgers import Desk
from tests.databases import URL_FILE
from tests.unit.events.samples import (
    AWAY,
    BOX,
    DELIVERY,
    LEAVING,
    REPLY,
    RETURNED,
    TOKEN,
    feedback,
    status_report,
)
from tests.unit.events.signing import NOW
from tests.unit.public.sites import TOML, make_site

MAILTO = 'unsubscribe_mailto = "leave@news.example.org"\n[bounces]\nsource = "maildir:home"\n'


class Round:
    """A mailing that was sent, and what comes home of it."""

    def __init__(self, folder: Path, answer: Answer = Answer.ACCEPTED) -> None:
        self.site = make_site(folder, TOML + MAILTO)
        self.desk = Desk.of(folder, 12)
        self.mailing = self.desk.mail()
        self.home = folder / "home"
        for name in ("new", "cur", "tmp"):
            (self.home / name).mkdir(parents=True)
        self.sent: dict[str, Delivery] = {}
        while batch := self.desk.ledger.begin(self.mailing.id, 50):
            self.sent |= {d.recipient.address.local: d for d in batch}
            self.desk.ledger.finish([Outcome(d.id, answer, "p") for d in batch])

    def comes(self, name: str, raw: bytes) -> None:
        """`raw` as it comes home for that reader, just now."""
        raw = re.sub(rb"Date: [^\n]*", b"Date: " + formatdate().encode(), raw)
        delivery = self.sent[name]
        for ours, theirs in (
            (RETURNED, delivery.returned),
            (DELIVERY, delivery.id),
            (TOKEN, delivery.recipient.token),
            ("ana@example.net", str(delivery.recipient.address)),
        ):
            raw = raw.replace(ours.encode(), theirs.encode())
        (self.home / "new" / f"{len(list((self.home / 'new').iterdir()))}.{name}").write_bytes(raw)

    def run(self, *words: str) -> dict[str, Any]:
        result = CliRunner().invoke(main, ["-C", str(self.site.folder), "--json", *words])
        assert result.exit_code == 0, result.output
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    def suppressed(self) -> dict[str, str]:
        found = {}
        for name in self.sent:
            if known := self.desk.database.subscribers.suppression(Address(name, "example.org")):
                found[name] = known[0]
        return found


@pytest.fixture
def at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Round:
    made = Round(folder)
    if (folder / URL_FILE).is_file():
        monkeypatch.setenv("NEWSLETTER_DATABASE_URL", (folder / URL_FILE).read_text())
    return made


def test_the_right_people_are_suppressed_scored_or_left_alone(at_home: Round) -> None:
    at_home.comes("reader0", status_report())
    at_home.comes("reader1", status_report("5.2.2", "smtp; 552 5.2.2 mailbox full"))
    at_home.comes("reader2", status_report("5.7.1", "smtp; 550 5.7.1 rejected by policy"))
    at_home.comes("reader3", feedback())
    at_home.comes("reader4", LEAVING)
    at_home.comes("reader5", AWAY)
    at_home.comes("reader6", REPLY)
    at_home.comes("reader7", status_report(to="bounces@news.example.org"))
    at_home.comes("reader8", status_report("4.4.1", action="delayed"))
    at_home.comes("reader10", feedback("auth-failure"))

    told = at_home.run("bounces")
    again = at_home.run("bounces")

    assert at_home.suppressed() == {
        "reader0": "bounced",
        "reader3": "complained",
        "reader4": "unsubscribed",
        "reader7": "bounced",
    }
    assert told["messages"] == {
        "bounce": 5,
        "complaint": 2,
        "leaving": 1,
        "auto-reply": 1,
        "other": 1,
    }
    assert (told["new"], told["suppressed"], told["policy_refusals"]) == (8, 4, 1)
    assert sum(again["messages"].values()) == 0
    report = at_home.run("report")
    assert report["balanced"]
    assert report["events"] == {
        "bounced": 4,
        "complained": 1,
        "deferred": 1,
        "delivered": 0,
        "replied": 1,
        "unsubscribed": 1,
    }
    unseen = [path.name for path in (at_home.home / "cur").iterdir() if path.name.endswith(":2,")]
    assert len(unseen) == 1


def test_too_many_refusals_for_our_own_fault_pause_the_domain_and_blame_nobody(
    at_home: Round,
) -> None:
    for name in list(at_home.sent)[:6]:
        at_home.comes(name, status_report("5.7.26", "smtp; 550 5.7.26 unauthenticated"))

    told = at_home.run("bounces")
    pauses = at_home.desk.database.ledger.orders.pauses()

    assert at_home.suppressed() == {}
    assert list(told["paused"]) == ["example.org"]
    assert [(pause.domain, pause.times) for pause in pauses] == [("example.org", 1)]
    assert "6 of" in pauses[0].reason
    at_home.comes("reader7", status_report("5.7.26", "smtp; 550 5.7.26 unauthenticated"))
    assert at_home.run("bounces")["paused"] == {}


def test_whoever_knows_no_more_than_a_message_id_throws_nobody_out(at_home: Round) -> None:
    name = "reader0"
    forged = status_report().replace(BOX.encode(), b"bounces+1f-0000000000000000@news.example.org")
    forged = forged.replace(TOKEN.encode(), b"no-token-of-theirs").replace(
        b"ana@example.net", b"somebody@else.example"
    )
    at_home.comes(name, forged)

    at_home.run("bounces")

    assert at_home.suppressed() == {}


def test_a_bounce_proves_that_an_unknown_message_was_taken(folder: Path) -> None:
    made = Round(folder, Answer.UNKNOWN)
    made.comes("reader1", status_report("5.2.2", "smtp; 552 full"))
    site = Site.find(made.site.folder, {**os.environ, **_url(folder)})

    read_bounces(site, site.bounce_mailbox(), now=NOW)

    books = made.desk.ledger.books(made.mailing.id)
    assert (books.count(Status.ACCEPTED), books.count(Status.UNKNOWN)) == (1, len(made.sent) - 1)


def test_messages_stay_where_they_are_until_what_they_tell_is_written(
    at_home: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home.comes("reader0", status_report())
    site = Site.find(at_home.site.folder, {**os.environ, **_url(at_home.site.folder)})
    settled: list[object] = []
    real = site.bounce_mailbox()

    class Watched:
        def waiting(self) -> Any:
            return real.waiting()

        def settle(self, read: Any, left: Any) -> None:
            settled.append((read, left))
            real.settle(read, left)

        def close(self) -> None:
            real.close()

    def falls(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    watched: Mailbox = Watched()
    with monkeypatch.context() as patched:
        patched.setattr(type(site.database.events), "apply", falls)
        with pytest.raises(StorageError):
            read_bounces(site, watched, now=NOW)

    assert settled == []
    assert at_home.suppressed() == {}
    assert read_bounces(site, watched, now=NOW).applied.suppressed == 1
    assert len(settled) == 1


def test_a_message_that_is_read_twice_adds_nothing(at_home: Round) -> None:
    """A crash between writing and putting away: the next run reads it again."""
    at_home.comes("reader0", status_report())
    raw = next((at_home.home / "new").iterdir()).read_bytes()
    site = Site.find(at_home.site.folder, {**os.environ, **_url(at_home.site.folder)})

    class Same:
        def waiting(self) -> Any:
            return iter([Held("1", raw), Held("2", raw)])

        def settle(self, read: Any, left: Any) -> None:
            del read, left

        def close(self) -> None: ...

    first = read_bounces(site, Same(), now=NOW).applied
    second = read_bounces(site, Same(), now=NOW).applied

    assert (first.new, first.suppressed) == (1, 1)
    assert (second.new, second.suppressed) == (0, 0)


def _url(folder: Path) -> dict[str, str]:
    file = folder / URL_FILE
    return {"NEWSLETTER_DATABASE_URL": file.read_text()} if file.is_file() else {}


@pytest.mark.parametrize(
    ("words", "hint", "code"),
    [
        (["bounces", "nowhere"], "a Maildir, an mbox or a message", 2),
        (["bounces", "imap://mail.example.org/"], "BOUNCES_PASSWORD", 4),
    ],
)
def test_what_cannot_be_read_is_one_readable_line(
    tmp_path: Path, words: list[str], hint: str, code: int
) -> None:
    site = make_site(tmp_path / "site")
    result = CliRunner().invoke(main, ["-C", str(site.folder), *words])

    assert result.exit_code == code
    assert hint in result.stderr
    assert "Traceback" not in result.output


def test_one_is_said_as_one_and_many_as_many(at_home: Round) -> None:
    def told() -> str:
        words = ["-C", str(at_home.site.folder), "bounces"]
        return CliRunner().invoke(main, words).stdout.partition("\n")[0]

    at_home.comes("reader0", status_report())
    assert told() == "1 message: 1 bounce"
    for name, raw in {"reader1": AWAY, "reader2": AWAY, "reader3": REPLY, "reader4": REPLY}.items():
        at_home.comes(name, raw)
    for name in ("reader5", "reader6"):
        at_home.comes(name, status_report())
    assert told() == "6 messages: 2 bounces, 2 auto-replies, 2 others"


def test_what_one_bounce_did_is_said_of_one(at_home: Round) -> None:
    at_home.comes("reader0", status_report())

    ran = CliRunner().invoke(main, ["-C", str(at_home.site.folder), "bounces"])

    said = "1 new event, 0 not about our mail; 1 address suppressed, 0 deliveries settled"
    assert said in ran.stdout


def test_without_a_mailbox_in_the_settings_one_is_asked_for(tmp_path: Path) -> None:
    site = make_site(tmp_path / "site")
    result = CliRunner().invoke(main, ["-C", str(site.folder), "bounces"])

    assert result.exit_code == 4
    assert "[bounces] names no mailbox" in result.stderr
