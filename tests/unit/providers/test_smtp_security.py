"""TLS is verified or nothing is sent; a password travels inside it or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from composer.errors import ConfigError, Misconfigured, Unreachable
from composer.model.settings import Secret, SmtpSettings
from composer.providers.smtp import SmtpProvider
from composer.sending.provider import Answer
from tests.servers.certificates import Certificate, make_certificate
from tests.servers.smtp_sink import Drop, Rule, SmtpServer
from tests.unit.providers.letters import batch, batch_of
from tests.unit.providers.mail_server import (
    SECRET,
    Keeper,
    providing,
    serving,
)


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
