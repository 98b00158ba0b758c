"""TLS is verified or nothing is sent; a password travels inside it or not at all."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from composer.errors import ConfigError, Misconfigured, Unreachable
from composer.model.settings import Secret, SmtpSettings
from composer.providers.smtp import SmtpProvider
from composer.sending.provider import Answer
from tests.servers.certificates import Certificate, make_certificate
from tests.servers.smtp_sink import Drop, Rule, SmtpServer
from tests.unit.providers.letters import batch, batch_of

PASSWORD = "canary-7f3a-password"  # noqa: S105 - opens nothing
SECRET = Secret(PASSWORD, "SMTP_PASSWORD")


@dataclass
class Keeper:
    """Keeps messages, and over what they came."""

    contents: list[bytes] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.contents.append(envelope.content)
        self.over_tls.append(session.ssl is not None or server.tls_context is None)
        return "250 2.0.0 kept"


def authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    return AuthResult(success=good, handled=False)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate for localhost that this process trusts."""
    made = make_certificate(tmp_path / "good.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
    return made


def free_port() -> int:
    with SmtpServer() as server:
        return server.port


@contextmanager
def serving(keeper: Keeper, **options: Any) -> Iterator[int]:
    controller = Controller(keeper, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def providing(port: int, **settings: Any) -> Iterator[SmtpProvider]:
    provider = SmtpProvider(SmtpSettings(port=port, timeout_s=5, **settings), answer_timeout_s=5)
    try:
        yield provider
    finally:
        provider.close()


def test_mail_goes_over_verified_starttls(certificate: Certificate) -> None:
    keeper = Keeper()

    with (
        serving(keeper, tls_context=certificate.context, require_starttls=True) as port,
        providing(port, security="starttls", host="localhost") as provider,
    ):
        outcomes = [*provider.deliver(batch_of(3)), *provider.deliver(batch_of(2, start=4))]

    assert [o.answer for o in outcomes] == [Answer.ACCEPTED] * 5
    assert keeper.over_tls == [True] * 5
    assert b"\r\nList-Unsubscribe: <https://" in keeper.contents[0]


def test_mail_goes_over_tls_from_the_start(certificate: Certificate) -> None:
    keeper = Keeper()

    with (
        serving(keeper, ssl_context=certificate.context) as port,
        providing(port, security="tls") as provider,
    ):
        outcomes = provider.deliver(batch_of(2))

    assert [o.answer for o in outcomes] == [Answer.ACCEPTED] * 2


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["nobody vouches for it", "expired", "another host's"])
def test_a_certificate_that_cannot_be_trusted_stops_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str, fault: str
) -> None:
    name = "mail.example.net" if fault == "another host's" else "localhost"
    made = make_certificate(tmp_path / "bad.pem", name=name, days=-1 if fault == "expired" else 2)
    if fault != "nobody vouches for it":
        monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
    keeper = Keeper()
    how = "tls_context" if security == "starttls" else "ssl_context"

    with (
        serving(keeper, **{how: made.context}) as port,
        providing(port, security=security) as provider,
        pytest.raises(Misconfigured, match="cannot be trusted") as caught,
    ):
        provider.deliver(batch("ana@example.org"))

    assert "SSL_CERT_FILE" in caught.value.hint
    assert keeper.contents == []


def test_a_server_without_starttls_never_gets_mail_in_clear_text() -> None:
    with (
        SmtpServer() as server,
        providing(server.port, security="starttls") as provider,
        pytest.raises(Misconfigured, match="does not offer STARTTLS"),
    ):
        provider.deliver(batch("ana@example.org"))

    assert server.verbs() == ["EHLO"]


@pytest.mark.parametrize(
    ("then", "error"),
    [
        ("454 4.7.0 not now", Unreachable),
        ("501 5.5.4 never", Misconfigured),
        (Drop(), Unreachable),
        ("220 go on, in clear text", Unreachable),
    ],
)
def test_a_server_that_refuses_starttls_never_gets_mail(
    then: str | Drop, error: type[Exception]
) -> None:
    with SmtpServer([Rule("STARTTLS", then)], extensions=["STARTTLS"]) as server:
        settings = SmtpSettings(port=server.port, security="starttls", timeout_s=0.3)
        with pytest.raises(error):
            SmtpProvider(settings).deliver(batch("ana@example.org"))

    assert "MAIL" not in server.verbs()
    assert "AUTH" not in server.verbs()


def test_tls_with_a_server_that_speaks_clear_text_hints_at_starttls() -> None:
    with (
        SmtpServer() as server,
        providing(server.port, security="tls") as provider,
        pytest.raises(Unreachable) as caught,
    ):
        provider.deliver(batch("ana@example.org"))

    assert "starttls" in caught.value.hint


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


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (SmtpSettings(host="mail.example.org", security="none"), "clear text"),
        (
            SmtpSettings(
                host="mail.example.org",
                security="none",
                insecure=True,
                username="desk",
                password=SECRET,
            ),
            "the password for mail.example.org would travel in clear text",
        ),
        (SmtpSettings(security="ssl"), "cannot be 'ssl'"),
        (SmtpSettings(username="desk"), "both a username and a password"),
        (SmtpSettings(password=SECRET), "both a username and a password"),
        (SmtpSettings(username="desk", password=Secret("", "P")), "both"),
    ],
)
def test_unsafe_settings_are_refused_before_anything_is_connected(
    settings: SmtpSettings, problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        SmtpProvider(settings)

    assert caught.value.hint


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"])
def test_clear_text_is_fine_on_this_machine(host: str) -> None:
    SmtpProvider(SmtpSettings(host=host, security="none", username="desk", password=SECRET))


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
