"""Whom a refusal means, by real servers' words."""

from __future__ import annotations

import pytest

from composer.providers.smtp.blame import Blame, blame_of, is_nobody_there
from composer.providers.smtp.reply import Reply
from composer.providers.smtp.steps import Step


@pytest.mark.parametrize(
    ("reply", "blame"),
    [
        ("550 5.1.1 The email account that you tried to reach does not exist", Blame.READER),
        ("550 5.1.1 relay access denied for this user", Blame.READER),
        ("550 5.1.10 Recipient not found", Blame.READER),
        ("556 5.1.10 Recipient address has null MX", Blame.READER),
        ("553 5.1.7 Invalid sender address", Blame.US),
        ("553 5.1.8 Sender domain has no MX", Blame.US),
        ("552 5.2.2 Mailbox full", Blame.READER),
        ("550 5.2.1 The account is inactive", Blame.READER),
        ("552 5.2.3 Message exceeds the limit", Blame.US),
        ("550 5.4.1 Recipient address rejected: Access denied", Blame.READER),
        ("554 5.4.4 Host or domain name not found", Blame.READER),
        ("552 5.3.4 Message size exceeds fixed limit", Blame.US),
        ("554 5.5.1 no valid recipients", Blame.US),
        ("550 5.5.0 Requested action not taken: mailbox unavailable", Blame.READER),
        ("554 5.6.0 Message contains bad headers", Blame.US),
        ("554 5.7.1 Relay access denied", Blame.US),
        ("550 5.7.1 Service unavailable; client host blocked using a blocklist", Blame.US),
        ("550 5.7.1 Recipient address rejected: user unknown", Blame.READER),
        ("550 5.7.2 the list takes mail of members only", Blame.READER),
        ("550 5.7.17 Mailbox owner has changed", Blame.READER),
        ("550 5.7.18 Domain owner has changed", Blame.READER),
        ("550 5.7.26 unauthenticated email is not accepted due to the DMARC policy", Blame.US),
        ("550 5.7.515 Access denied, sending domain does not meet the level", Blame.US),
        ("550 5.7.64 TenantAttribution; Relay Access Denied", Blame.US),
        ("550 No such user here", Blame.READER),
        ("550 Invalid recipient", Blame.READER),
        ("550 Requested action not taken: mailbox unavailable", Blame.READER),
        ("550 relay not permitted", Blame.US),
        ("550 unknown user or relay denied", Blame.US),
        ("550 SPF check failed", Blame.US),
        ("554 Your IP is on a black list", Blame.US),
        ("550 Administrative prohibition", Blame.US),
        ("550 no", Blame.OPEN),
        ("554 5.0.0 Transaction failed", Blame.OPEN),
    ],
)
def test_the_code_decides_and_then_the_words(reply: str, blame: Blame) -> None:
    code, _, text = reply.partition(" ")

    assert blame_of(Step.RCPT, Reply.parse(int(code), text.encode())) is blame


def test_what_is_refused_after_the_message_is_the_message() -> None:
    assert blame_of(Step.MESSAGE, Reply.parse(550, b"no")) is Blame.US
    assert blame_of(Step.MESSAGE, Reply.parse(550, b"5.2.2 mailbox full")) is Blame.READER


@pytest.mark.parametrize(
    ("reply", "gone"),
    [
        ("550 5.1.1 no such user", True),
        ("550 5.1.1 The email account that you tried to reach does not exist", True),
        ("550 5.1.1 User unknown in relay recipient table", True),
        ("550 5.1.1", True),
        ("551 5.1.6 The recipient has moved", True),
        ("550 5.1.10 Recipient not found", True),
        ("556 5.1.10 Recipient address has null MX", True),
        ("550 5.1.1 relay access denied for this user", False),
        ("550 5.1.1 blocked: your address is on a blocklist", False),
        ("550 5.1.1 Mailbox full", False),
        ("550 5.1.1 this account is disabled", False),
        ("550 5.1.2 no such host", False),
        ("550 5.1.8 Sender domain has no MX", False),
        ("552 5.2.2 Mailbox full", False),
        ("550 5.2.1 The account is inactive", False),
        ("550 5.7.1 Recipient address rejected: user unknown", False),
        ("550 No such user here", False),
        ("550 no", False),
    ],
)
def test_nobody_is_there_when_the_code_says_so_and_no_word_against_it(
    reply: str, gone: bool
) -> None:
    code, _, text = reply.partition(" ")
    told = Reply.parse(int(code), text.encode())

    assert is_nobody_there(Step.RCPT, told) is gone
    for other in (Step.RSET, Step.MAIL, Step.DATA, Step.MESSAGE):
        assert not is_nobody_there(other, told)
