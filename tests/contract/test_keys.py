"""What was never answered is sent again under its key, where the server knows it for the same."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest

from composer.errors import SourceError, Unreachable
from composer.events.webhooks.basic import BasicAuth
from composer.events.webhooks.postmark import Postmark
from composer.model.address import Address
from composer.model.delivery import Status
from composer.model.mailing import Mailing
from composer.model.settings import SmtpSettings
from composer.providers.smtp import SmtpProvider
from composer.sending.deliver import Terms, deliver
from composer.sending.keys import MARGIN_S
from composer.sending.provider import Batch, Outcome
from composer.sending.terms import Run
from tests.contract.ledgers import NOW, Desk
from tests.servers.smtp_sink import Drop, Rule, SmtpServer
from tests.unit.doctor.patients import site_in

HEADER = "Resend-Idempotency-Key"
BEGAN_S = datetime.fromisoformat(NOW).timestamp()
_KEY = re.compile(rb"^Resend-Idempotency-Key: (\S+)\r\n", re.MULTILINE)


@pytest.fixture
def desk(folder: Path) -> Desk:
    return Desk.of(folder, 20)


def provider_to(port: int, *, header: str = HEADER) -> SmtpProvider:
    settings = SmtpSettings(
        port=port,
        security="none",
        connections=2,
        timeout_s=5,
        idempotency_header=header,
        idempotency_s=86_400,
    )
    return SmtpProvider(settings, answer_timeout_s=5)


def terms(*, after_s: float = 60.0) -> Terms:
    """Some time after the mailing's beginning."""
    return Terms(clock=lambda: BEGAN_S + after_s, now=lambda: datetime.now(UTC))


def sent(
    desk: Desk, mailing: Mailing, server: SmtpServer, *, header: str = HEADER, after_s: float = 60
) -> Run:
    provider = provider_to(server.port, header=header)
    return deliver(mailing, desk.ledger, provider, terms(after_s=after_s))


def lost_answers(times: int) -> Rule:
    return Rule("DOT", Drop(), keep=True, times=times, after=3)


def keys_of(server: SmtpServer) -> Counter[bytes]:
    return Counter(key for message in server.bag.messages for key in _KEY.findall(message))


def test_lost_answers_settle_themselves_and_each_reader_has_one_key(desk: Desk) -> None:
    mailing = desk.mail()
    with SmtpServer([lost_answers(2)]) as server:
        run = sent(desk, mailing, server)
    assert run.books.counts == {Status.ACCEPTED: 18}
    keys = keys_of(server)
    assert len(keys) == 18  # for such a server, each of these is one message
    assert sum(keys.values()) == 18 + 2
    assert len(server.taken) == 20


def test_without_a_key_nothing_is_sent_again(desk: Desk) -> None:
    mailing = desk.mail()
    with SmtpServer([lost_answers(2)]) as server:
        run = sent(desk, mailing, server, header="")
    assert run.books.counts == {Status.ACCEPTED: 16, Status.UNKNOWN: 2}
    assert len(server.taken) == 18


def test_a_key_that_may_be_forgotten_is_not_used_again(desk: Desk) -> None:
    mailing = desk.mail()
    with SmtpServer([lost_answers(2)]) as server:
        run = sent(desk, mailing, server, after_s=86_400 - MARGIN_S + 1)
    assert run.books.counts == {Status.ACCEPTED: 16, Status.UNKNOWN: 2}


def test_a_server_that_answers_nobody_is_not_asked_for_ever(desk: Desk) -> None:
    mailing = desk.mail()
    with SmtpServer([Rule("DOT", Drop(), keep=True, times=None)]) as server:
        run = sent(desk, mailing, server)
    assert run.books.balanced
    assert run.books.count(Status.UNKNOWN) + run.books.count(Status.DEFERRED) == 18
    assert max(keys_of(server).values()) <= 4


def test_what_a_dead_sender_left_is_sent_again_under_its_key(desk: Desk) -> None:
    mailing = desk.mail()
    assert len(desk.ledger.begin(mailing.id, 5, provider="smtp")) == 5
    with SmtpServer() as server:
        run = sent(desk, mailing, server)
    assert run.books.counts == {Status.ACCEPTED: 18}
    assert run.became_unknown == 0
    assert set(keys_of(server).values()) == {1}


def test_what_another_provider_may_have_taken_stays_unknown(desk: Desk) -> None:
    mailing = desk.mail()
    desk.ledger.begin(mailing.id, 5, provider="sendgrid")
    with SmtpServer() as server:
        run = sent(desk, mailing, server)
    assert run.books.counts == {Status.ACCEPTED: 13, Status.UNKNOWN: 5}
    assert run.became_unknown == 5


class _Gone:
    """The provider of before, which cannot be reached any more."""

    name = "smtp"

    def __init__(self) -> None:
        self.capabilities = provider_to(9).capabilities

    def deliver(self, batch: Batch) -> list[Outcome]:
        raise Unreachable("nobody there")

    def close(self) -> None:
        pass


def test_what_could_not_be_tried_again_is_as_unknown_as_before(desk: Desk) -> None:
    mailing = desk.mail()
    desk.ledger.begin(mailing.id, 5, provider="smtp")
    run = deliver(mailing, desk.ledger, _Gone(), terms())
    assert run.books.counts == {Status.PLANNED: 13, Status.UNKNOWN: 5}
    # Another server, which knows no keys, gets what is planned and nothing else.
    with SmtpServer() as server:
        run = sent(desk, mailing, server, header="")
    assert run.books.counts == {Status.ACCEPTED: 13, Status.UNKNOWN: 5}


def test_a_crash_between_marking_and_sending_leaves_it_unknown(desk: Desk) -> None:
    mailing = desk.mail()
    desk.ledger.begin(mailing.id, 5, provider="smtp")
    assert desk.ledger.recover(mailing.id) == 5
    assert desk.ledger.retry_keyed(mailing.id, "smtp") == 5
    assert desk.ledger.books(mailing.id).balanced
    assert desk.ledger.recover(mailing.id) == 5
    assert desk.ledger.books(mailing.id).counts == {Status.PLANNED: 13, Status.UNKNOWN: 5}


def test_to_be_put_off_says_nothing_of_the_attempt_before(desk: Desk) -> None:
    mailing = desk.mail()
    with SmtpServer(
        [lost_answers(2), Rule("RCPT", "451 4.7.1 later", times=2, after=18)]
    ) as server:
        run = sent(desk, mailing, server)
    assert run.books.balanced
    assert run.books.count(Status.DEFERRED) == 0
    assert run.books.count(Status.ACCEPTED) + run.books.count(Status.UNKNOWN) == 18


def test_who_cancels_leaves_unknown_what_may_have_been_taken(desk: Desk) -> None:
    mailing = desk.mail()
    desk.ledger.begin(mailing.id, 5, provider="smtp")
    desk.ledger.recover(mailing.id)
    desk.ledger.retry_keyed(mailing.id, "smtp")
    assert desk.ledger.orders.exclude_left(mailing.id) == 13
    books = desk.ledger.books(mailing.id)
    assert (books.count(Status.UNKNOWN), books.balanced) == (5, True)


def test_the_setting_is_read_and_names_of_ours_are_refused(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    path = tmp_path / "newsletter.toml"
    text = path.read_text()
    own = 'security = "none"\nidempotency_header = "Resend-Idempotency-Key"\nidempotency = "12h"'
    path.write_text(text.replace('security = "none"', own))
    smtp = type(site).find(tmp_path, {"SENDGRID_API_KEY": "SG.x"}).settings.provider.smtp
    assert (smtp.idempotency_header, smtp.idempotency_s) == (HEADER, 12 * 3_600)
    path.write_text(text.replace('security = "none"', own.replace(HEADER, "Message-ID")))
    with pytest.raises(SourceError, match="cannot be such a header"):
        type(site).find(tmp_path, {"SENDGRID_API_KEY": "SG.x"})


@pytest.mark.parametrize(
    ("lines", "header"),
    [
        ('host = "smtp-broadcasts.postmarkapp.com"', "X-PM-Metadata-delivery"),
        ('host = "smtp.postmarkapp.com"\ndelivery_header = "X-Own"', "X-Own"),
        ('host = "postmarkapp.com.example.org"', ""),
        (
            'host = "127.0.0.1"\ndelivery_header = "X-PM-Metadata-delivery"',
            "X-PM-Metadata-delivery",
        ),
    ],
)
def test_postmark_is_given_the_delivery_by_itself(tmp_path: Path, lines: str, header: str) -> None:
    site = site_in(tmp_path)
    path = tmp_path / "newsletter.toml"
    path.write_text(path.read_text().replace('host = "127.0.0.1"', lines + "\ninsecure = true", 1))
    smtp = type(site).find(tmp_path, {"SENDGRID_API_KEY": "SG.x"}).settings.provider.smtp
    assert smtp.delivery_header == header


def test_what_postmark_tells_settles_the_delivery_that_a_letter_named(desk: Desk) -> None:
    mailing = desk.mail()
    settings = SmtpSettings(security="none", delivery_header="X-PM-Metadata-delivery")
    with SmtpServer() as server:
        provider = SmtpProvider(replace(settings, port=server.port), answer_timeout_s=5)
        deliver(mailing, desk.ledger, provider, terms())
        letters = [message_from_bytes(each) for each in server.bag.messages]
    named = {letter["To"]: letter["X-PM-Metadata-delivery"] for letter in letters}
    assert len(set(named.values())) == len(letters) == 18
    told = {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",  # theirs, and not ours
        "Email": "somebody@example.net",  # where it was forwarded to
        "BouncedAt": "2026-11-20T09:00:00Z",
        "Details": "smtp;550 5.1.1 nobody",
        "Metadata": {"delivery": named[letters[3]["To"]]},
    }
    (event,) = Postmark(BasicAuth("", "")).events(json.dumps(told).encode())
    done = desk.database.events.apply("postmark", [event], now="2026-11-20T10:00:00Z")
    assert done is not None
    assert (done.new, done.foreign, done.suppressed) == (1, 0, 1)
    address = Address.parse(letters[3]["To"].rpartition("<")[2].strip(">"))
    found = desk.database.subscribers.suppression(address)
    assert found is not None
    assert found[0] == "bounced"
