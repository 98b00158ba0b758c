"""Logging in: with what, over what, and what is told when it fails."""

from __future__ import annotations

import base64
import hmac

import pytest

from composer.errors import Misconfigured, Unreachable
from composer.model.settings import Secret, SmtpSettings
from composer.providers.smtp import SmtpProvider
from composer.sending.provider import Answer
from tests.servers.certificates import Certificate
from tests.servers.smtp_sink import Drop, Rule, SmtpServer
from tests.unit.providers.letters import batch
from tests.unit.providers.mail_server import (
    PASSWORD,
    SECRET,
    Keeper,
    authenticate,
    providing,
    serving,
)


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_we_log_in_over_tls(certificate: Certificate, mechanism: str) -> None:
    keeper = Keeper()
    other = "LOGIN" if mechanism == "PLAIN" else "PLAIN"

    with (
        serving(
            keeper,
            tls_context=certificate.context,
            require_starttls=True,
            authenticator=authenticate,
            auth_required=True,
            auth_exclude_mechanism=[other],
        ) as port,
        providing(port, security="starttls", username="desk", password=SECRET) as provider,
    ):
        outcomes = provider.deliver(batch("ana@example.org"))

    assert [o.answer for o in outcomes] == [Answer.ACCEPTED]


def test_a_wrong_password_is_told_without_the_password(certificate: Certificate) -> None:
    keeper = Keeper()
    wrong = Secret("canary-wrong", "SMTP_PASSWORD")

    with (
        serving(
            keeper, tls_context=certificate.context, authenticator=authenticate, auth_required=True
        ) as port,
        providing(port, security="starttls", username="desk", password=wrong) as provider,
        pytest.raises(Misconfigured, match="535") as caught,
    ):
        provider.deliver(batch("ana@example.org"))

    assert "SMTP_PASSWORD" in caught.value.hint
    assert "canary" not in repr(caught.value) + str(caught.value)
    assert caught.value.__suppress_context__


def test_a_log_in_that_was_forgotten_is_hinted_at(certificate: Certificate) -> None:
    with (
        serving(
            Keeper(),
            tls_context=certificate.context,
            authenticator=authenticate,
            auth_required=True,
        ) as port,
        providing(port, security="starttls") as provider,
        pytest.raises(Misconfigured, match="530"),
    ):
        provider.deliver(batch("ana@example.org"))


AUTH_RULES = {
    "454 4.7.0 temporary": Unreachable,
    "421 4.3.2 bye": Unreachable,
    "535 5.7.8 AUTH PLAIN was AGRlc2sAY2FuYXJ5 canary-7f3a-password": Misconfigured,
    "534 5.7.9 needs an app password": Misconfigured,
}


@pytest.mark.parametrize("then", AUTH_RULES)
def test_answers_to_the_log_in_are_told_apart_and_never_repeated(then: str) -> None:
    with SmtpServer([Rule("AUTH", then)], extensions=["AUTH PLAIN"]) as server:
        settings = SmtpSettings(
            port=server.port, security="none", username="desk", password=SECRET, timeout_s=5
        )
        with pytest.raises(AUTH_RULES[then]) as caught:
            SmtpProvider(settings).deliver(batch("ana@example.org"))

    assert "canary" not in str(caught.value)
    assert "AGRlc2s" not in str(caught.value)
    assert "MAIL" not in server.verbs()


@pytest.mark.parametrize("extensions", [[], ["AUTH GSSAPI"]])
def test_a_server_that_offers_no_log_in_we_know_is_told(extensions: list[str]) -> None:
    with SmtpServer(extensions=extensions) as server:
        settings = SmtpSettings(
            port=server.port, security="none", username="desk", password=SECRET, timeout_s=5
        )
        with pytest.raises(Misconfigured, match="log"):
            SmtpProvider(settings).deliver(batch("ana@example.org"))


def test_a_password_beyond_ascii_is_a_clear_error() -> None:
    with SmtpServer(extensions=["AUTH PLAIN"]) as server:
        settings = SmtpSettings(
            port=server.port, security="none", username="desk", password=Secret("pässwört", "P")
        )
        with pytest.raises(Misconfigured, match="beyond ASCII"):
            SmtpProvider(settings).deliver(batch("ana@example.org"))


def test_cram_md5_answers_the_challenge_and_never_sends_the_password() -> None:
    challenge = b"<1896.697170952@sink.example.org>"
    digest = hmac.new(PASSWORD.encode(), challenge, "md5").hexdigest()
    answer = base64.b64encode(f"desk {digest}".encode()).decode()
    rules = [
        Rule("AUTH", f"334 {base64.b64encode(challenge).decode()}"),
        Rule(answer.upper(), "235 2.7.0 welcome"),
    ]

    with (
        SmtpServer(rules, extensions=["AUTH CRAM-MD5 PLAIN LOGIN"]) as server,
        providing(server.port, security="none", username="desk", password=SECRET) as provider,
    ):
        outcomes = provider.deliver(batch("ana@example.org"))

    assert [o.answer for o in outcomes] == [Answer.ACCEPTED]
    assert server.commands[1:3] == ["AUTH CRAM-MD5", answer]


def test_a_server_that_hangs_up_on_the_log_in_is_out_of_reach() -> None:
    with SmtpServer([Rule("AUTH", Drop())], extensions=["AUTH PLAIN"]) as server:
        settings = SmtpSettings(
            port=server.port, security="none", username="desk", password=SECRET, timeout_s=5
        )
        with pytest.raises(Unreachable, match="ended the conversation"):
            SmtpProvider(settings).deliver(batch("ana@example.org"))
