"""Mail that comes back: what it is, of whom it tells, and why it came back."""

from __future__ import annotations

import email
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.events.event import Event, Kind
from composer.events.mail import Boxes, Sort, Sorted, sort_message
from composer.events.mail.fallback import Guess, guess
from composer.events.verdict import Verdict, verdict_of
from composer.model.address import Address
from tests.unit.events.samples import (
    ALL,
    AWAY,
    AWAY_IN_GERMAN,
    BOX,
    DELIVERY,
    EXIM,
    LEAVING,
    LEAVING_BY_SUBJECT,
    ORIGINAL,
    QMAIL,
    REPLY,
    RETURNED,
    TOKEN,
    feedback,
    status_report,
)

BOXES = Boxes(unsubscribe=Address("leave", "news.example.org"))


def sort(raw: bytes) -> Sorted:
    return sort_message(raw, BOXES)


def only(raw: bytes) -> Event:
    found = sort(raw)
    assert len(found.events) == 1, found
    return found.events[0]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_status_report_says_who_and_why(newline: str) -> None:
    raw = status_report(newline=newline)
    event = only(raw)

    assert sort(raw).sort is Sort.BOUNCE
    assert (event.kind, event.code, event.permanent) == (Kind.BOUNCED, "5.1.1", True)
    assert (event.returned, event.delivery, event.token) == (RETURNED, DELIVERY, TOKEN)
    assert (event.address, event.at) == ("ana@example.net", "2026-11-26T09:00:00Z")
    assert event.detail == "smtp; 550 5.1.1 <…>: Recipient address rejected: User unknown"
    assert event.forgeable
    assert verdict_of(event) is Verdict.DEAD
    assert only(raw).key == event.key


@pytest.mark.parametrize(
    ("status", "diagnostic", "verdict"),
    [
        ("5.2.2", "smtp; 552 5.2.2 mailbox full", Verdict.TROUBLE),
        ("4.4.7", "smtp; 450 4.2.2 over quota", Verdict.TROUBLE),
        ("5.7.515", "smtp;550 5.7.515 Access denied, sending domain", Verdict.OURS),
        ("5.0.0", "smtp; 550 No such user here", Verdict.DEAD),
        ("5.0.0", "smtp; 550 5.7.26 unauthenticated mail", Verdict.OURS),
        ("5.1.2", "X-Postfix; Host or domain name not found", Verdict.HOSTLESS),
        ("5.2.1", "smtp; 550 5.2.1 The account is disabled", Verdict.DISABLED),
        ("5.1.1", "smtp; 550 5.1.1 rejected, listed at Spamhaus", Verdict.OURS),
        ("5.3.4", "smtp; 552 5.3.4 message too big", Verdict.TROUBLE),
    ],
)
def test_the_server_at_the_other_end_is_believed_before_the_one_that_tells(
    status: str, diagnostic: str, verdict: Verdict
) -> None:
    assert verdict_of(only(status_report(status, diagnostic))) is verdict


def test_a_delay_is_no_bounce_and_a_success_is_a_delivery() -> None:
    assert only(status_report("4.4.1", action="delayed")).kind is Kind.DEFERRED
    assert only(status_report("2.0.0", "smtp; 250 ok", action="delivered")).kind is Kind.DELIVERED
    assert sort(status_report("2.0.0", "smtp; 250 ok", action="relayed")).events == ()


def test_a_report_of_several_recipients_tells_of_each() -> None:
    more = """
Final-Recipient: rfc822; ben@example.net
Action: failed
Status: 5.2.2
"""
    told = sort(status_report(more=more)).events

    assert [event.address for event in told] == ["ana@example.net", "ben@example.net"]
    assert [event.code for event in told] == ["5.1.1", "5.2.2"]


def test_without_a_mark_the_message_id_says_who_and_with_none_nobody_does() -> None:
    plain = only(status_report(to="bounces@news.example.org").replace(BOX.encode(), b"x@y.example"))
    assert (plain.returned, plain.delivery) == ("", DELIVERY)

    strange = only(status_report(to="bounces@news.example.org", original="Subject: hello\n\nx"))
    assert (strange.returned, strange.delivery, strange.token) == ("", "", "")


def test_what_an_original_says_of_numbers_is_not_why_it_came_back() -> None:
    event = only(status_report("5.0.0", "smtp; 554 transaction failed"))

    assert "5.1.1" in ORIGINAL
    assert event.code == "5.0.0"
    assert verdict_of(event) is Verdict.TROUBLE


@pytest.mark.parametrize("redacted", [False, True])
def test_a_complaint_names_the_reader_by_what_no_stranger_knows(redacted: bool) -> None:
    event = only(feedback(redacted=redacted))

    assert (event.kind, verdict_of(event)) == (Kind.COMPLAINED, Verdict.COMPLAINED)
    assert (event.returned, event.token, event.delivery) == (RETURNED, TOKEN, DELIVERY)
    without = only(feedback(redacted=redacted, sender=""))
    assert (without.returned, without.token) == ("", TOKEN)


def test_what_is_called_a_report_of_abuse_may_be_none() -> None:
    assert only(feedback("fraud")).kind is Kind.COMPLAINED
    assert only(feedback("opt-out")).kind is Kind.UNSUBSCRIBED
    for kind in ("auth-failure", "not-spam", "dmarc", "virus", ""):
        found = sort(feedback(kind))
        assert (found.sort, found.events) == (Sort.COMPLAINT, ())


@pytest.mark.parametrize("raw", [EXIM, QMAIL], ids=["exim", "qmail"])
def test_bounces_in_forms_of_their_own_are_understood_by_our_marks(raw: bytes) -> None:
    event = only(raw)

    assert (event.kind, event.returned, event.code) == (Kind.BOUNCED, RETURNED, "5.1.1")
    assert (event.permanent, verdict_of(event)) == (True, Verdict.DEAD)
    assert event.address == "ana@example.net"


def test_without_the_extra_such_bounces_are_still_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composer.events.mail.fallback.find_spec", lambda _: None)

    assert guess(email.message_from_bytes(QMAIL)) == Guess()
    assert only(QMAIL).returned == RETURNED
    assert only(EXIM).address == "ana@example.net"


@pytest.mark.parametrize("raw", [AWAY, AWAY_IN_GERMAN])
def test_who_is_away_did_not_bounce(raw: bytes) -> None:
    assert sort(raw) == Sorted(Sort.AUTO_REPLY)


def test_a_reader_who_writes_is_left_to_people_and_counted_as_having_answered() -> None:
    event = only(REPLY)

    assert sort(REPLY).sort is Sort.OTHER
    assert (event.kind, event.delivery) == (Kind.REPLIED, DELIVERY)
    assert verdict_of(event) is Verdict.NOTHING
    assert "fine issue" not in repr(event)
    assert only(REPLY.replace(b"fine", b"good")).key == event.key
    assert sort(REPLY.replace(b"In-Reply-To", b"X-In-Reply-To")) == Sorted(Sort.OTHER)


@pytest.mark.parametrize("raw", [LEAVING, LEAVING_BY_SUBJECT])
def test_a_reader_who_writes_to_be_taken_off_is(raw: bytes) -> None:
    event = only(raw)

    assert sort(raw).sort is Sort.LEAVING
    assert (event.kind, event.token) == (Kind.UNSUBSCRIBED, TOKEN)
    assert sort_message(raw, Boxes()) == Sorted(Sort.OTHER)
    other = raw.replace(b"leave", b"believe").replace(b"unsub", b"sub")
    assert sort(other).sort is Sort.OTHER


def test_detectors_that_fall_are_caught() -> None:
    """flufl.bounce raises on a From that is empty, and on headers that are not ASCII."""
    for raw in (b"From:\n\nx", b"From: \xff\xfe\nSubject: \xff\n\nSorry, undeliverable", b""):
        assert isinstance(guess(email.message_from_bytes(raw)), Guess)


def test_the_library_of_bounces_has_one_importer() -> None:
    importers = [
        path.name
        for path in Path("composer").rglob("*.py")
        if "flufl.bounce import" in path.read_text(encoding="utf-8")
    ]

    assert importers == ["fallback.py"]


# --- mutants ----------------------------------------------------------------------------

JUNK = (
    *(b"\xff", b"\0", b"\r", b"\n\n", b"--", b"=?utf-8?b?", b"Content-Type: ", b"boundary=", b";"),
    *(b"multipart/report", b"message/rfc822", b"\xe2\x80\xa8", b"Date: 99", b"<>", b"A" * 2_000),
    *(b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: uuencode\n"),
    *(b'charset="no-such"', b"Content-Type: message/delivery-status\n\n", b"=\n", b"*0*=''%ff"),
)


@given(st.sampled_from(ALL), st.lists(st.tuples(st.integers(0, 4_000), st.sampled_from(JUNK))))
def test_no_mutant_of_a_message_brings_it_down(raw: bytes, edits: list[tuple[int, bytes]]) -> None:
    for place, junk in edits:
        at = place % (len(raw) + 1)
        raw = raw[:at] + junk + raw[at + (place % 7) :]

    _is_sound(sort(raw))


@given(st.binary(max_size=400))
def test_no_bytes_bring_it_down(raw: bytes) -> None:
    _is_sound(sort(raw))


def test_thousands_of_mutants_bring_nobody_down() -> None:
    dice = random.Random(14)  # noqa: S311
    for _ in range(1_500):
        raw = bytearray(dice.choice(ALL))
        for _ in range(dice.randrange(1, 9)):
            at = dice.randrange(len(raw) + 1)
            match dice.randrange(5):
                case 0:
                    raw[at:at] = dice.choice(JUNK)
                case 1:
                    del raw[at : at + dice.randrange(60)]
                case 2 if at < len(raw):
                    raw[at] = dice.randrange(256)
                case 3:
                    end = at + dice.randrange(400)
                    raw[at:at] = raw[at:end]
                case _:
                    lines = bytes(raw).split(b"\n")
                    head = lines[: dice.randrange(1, 30)]
                    dice.shuffle(head)
                    lines[: len(head)] = head
                    raw = bytearray(b"\n".join(lines))
        _is_sound(sort(bytes(raw)))


def test_parts_in_parts_without_end_are_given_up() -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3_000)
    )
    wide = b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 20_000

    _is_sound(sort(deep))
    _is_sound(sort(wide))
    _is_sound(sort(b"Subject: " + b"x" * 3_000_000))


def _is_sound(found: Sorted) -> None:
    assert isinstance(found.sort, Sort)
    for event in found.events:
        assert len(event.key) == 16
        assert isinstance(verdict_of(event), Verdict)
        for text in (event.detail, event.code, event.at):
            text.encode()
            assert "\0" not in text
