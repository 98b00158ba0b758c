"""The whole message: what we write passes every rule, and each rule finds what it is for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from composer.checks import message_rules
from composer.checks.examined import Examined, look_with
from composer.checks.letters import domain_of, organisation_of
from composer.model.address import Address
from composer.model.edition import EditionKey
from composer.model.finding import Severity
from composer.model.mailing import Letterhead
from composer.model.settings import Mailbox, NewsletterSettings
from composer.rendering.encoders import clean
from composer.sending.message import Message
from tests.unit.checks.samples import NEWSLETTER, examined
from tests.unit.message.samples import delivery, edition, wire_of

KEY = EditionKey("en")
GOOD = wire_of(Message.compile(edition(), Letterhead.of(NEWSLETTER)), delivery(name="Ana"))


def of(wire: bytes, newsletter: NewsletterSettings = NEWSLETTER, *, live: bool = False) -> Examined:
    return replace(examined(newsletter=newsletter, live=live), messages={KEY: wire})


def said(seen: Examined) -> set[str]:
    return {finding.code for finding in look_with(message_rules.RULES, seen)}


def without(header: bytes) -> bytes:
    lines = GOOD.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.startswith(header + b":"))


def twice(header: bytes) -> bytes:
    line = next(line for line in GOOD.split(b"\r\n") if line.startswith(header + b":"))
    return line + b"\r\n" + GOOD


def changed(old: bytes, new: bytes) -> bytes:
    assert old in GOOD
    return GOOD.replace(old, new)


LIST_UNSUBSCRIBE = b"List-Unsubscribe: <https://news.example.org/u/tokentokentokentoken22>"
ENCODED = b"=?utf-8?q?" + b"a" * 80 + b"?="
BAD: list[tuple[str, bytes]] = [
    ("message/one-from", twice(b"From")),
    ("message/one-from", without(b"From")),
    ("message/from-domain", changed(b"<desk@news.example.org>", b"<desk@example.net>")),
    ("message/to", changed(b"To: Ana <ana@example.net>", b"To: a@example.net, b@example.net")),
    ("message/to", b"Bcc: b@example.net\r\n" + GOOD),
    ("message/date", without(b"Date")),
    ("message/date", changed(b"Date: Fri, 20 Nov", b"Date: Yesterday,")),
    ("message/date", changed(b"09:05:07 +0000", b"09:05:07 -0000")),
    ("message/message-id", changed(b"Message-ID: <", b"Message-ID: ")),
    ("message/list-id", changed(b"<harbour-watch.news.example.org>", b"harbour watch")),
    ("message/list-unsubscribe", without(b"List-Unsubscribe-Post")),
    ("message/list-unsubscribe", changed(b"=One-Click", b"=one-click")),
    ("message/list-unsubscribe", changed(b"<https://news", b"<http://news")),
    ("message/list-unsubscribe", changed(LIST_UNSUBSCRIBE, b"List-Unsubscribe: =?utf-8?q?=3C?=")),
    (
        "message/list-unsubscribe",
        changed(LIST_UNSUBSCRIBE, b"List-Unsubscribe: <mailto:a@example.org>, <https://a.example>"),
    ),
    ("message/reply-to", b"Reply-To: a@example.org, b@example.org\r\n" + GOOD),
    ("message/subject-encoded", twice(b"Subject")),
    ("message/subject-encoded", changed(b"A quiet strike", ENCODED)),
    ("message/subject-encoded", changed(b"A quiet strike", b"quiet " * 13)),
    ("message/line-length", GOOD + b"x" * 999 + b"\r\n"),
    ("message/structure", changed(b"multipart/alternative", b"multipart/mixed")),
    ("message/structure", changed(b"text/plain", b"text/html")),
    ("message/structure", changed(b"charset=utf-8", b"charset=iso-8859-1")),
    ("message/structure", GOOD + b"\n"),
    ("message/8bit", changed(b"A quiet strike", "Größe".encode())),
    ("message/8bit", changed(b"quoted-printable", b"8bit")),
]


def test_a_message_of_ours_passes() -> None:
    assert said(of(GOOD)) == set()


@pytest.mark.parametrize(("code", "wire"), BAD, ids=[f"{n}-{c}" for n, (c, _) in enumerate(BAD)])
def test_a_broken_message_is_told(code: str, wire: bytes) -> None:
    assert code in said(of(wire))


NOBODY = Address("no-reply", "news.example.org")
NAMES = st.text(max_size=120).map(clean)


@example(subject="a", newsletter="<", reader="@", value="b")
@given(subject=NAMES, newsletter=NAMES, reader=st.text(max_size=120), value=st.text(max_size=60))
def test_whatever_the_words_the_message_passes_every_rule(
    subject: str, newsletter: str, reader: str, value: str
) -> None:
    letterhead = replace(
        Letterhead.of(NEWSLETTER),
        newsletter=newsletter,
        sender=Mailbox(newsletter, NEWSLETTER.sender.address),
        reply_to=Mailbox(subject, NEWSLETTER.sender.address),
    )
    message = Message.compile(edition(subject=(subject,)), letterhead)
    wire = wire_of(message, delivery(name=reader, values={"subscriber.first_name": value}))

    assert said(of(wire)) == set()


@pytest.mark.parametrize(
    ("newsletter", "code"),
    [
        (replace(NEWSLETTER, bounces=Address("b", "mailer.example.net")), "message/from-domain"),
        (replace(NEWSLETTER, reply_to=Mailbox("", NOBODY)), "message/no-reply"),
        (replace(NEWSLETTER, base_url="http://localhost:8000"), "message/base-url"),
        (replace(NEWSLETTER, base_url="https://letters.example.net"), "message/unsubscribe-host"),
    ],
)  # fmt: skip
def test_settings_that_make_a_doubtful_message_are_told(
    newsletter: NewsletterSettings, code: str
) -> None:
    assert code in said(of(GOOD, newsletter))


def test_before_a_live_send_an_example_is_told_and_plain_http_is_an_error() -> None:
    plain = of(GOOD, replace(NEWSLETTER, base_url="http://news.example.org"), live=True)

    assert said(of(GOOD)) == set()
    assert said(of(GOOD, live=True)) == {"message/base-url"}
    assert Severity.ERROR in {f.severity for f in look_with(message_rules.RULES, plain)}


@pytest.mark.parametrize(
    ("domain", "organisation"),
    [
        ("news.example.org", "example.org"),
        ("example.org", "example.org"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("news.example.de", "example.de"),
    ],
)
def test_domains_of_one_house_align(domain: str, organisation: str) -> None:
    assert organisation_of(domain) == organisation


def test_the_domain_of_a_mailbox_is_that_of_its_address() -> None:
    assert domain_of('"a@b.example" <c@D.example>') == "d.example"
    assert domain_of("nobody") == ""
