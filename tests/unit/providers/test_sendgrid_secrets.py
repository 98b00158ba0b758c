"""The API key is nowhere but in the request that needs it."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from composer.errors import ComposerError, ConfigError, Misconfigured
from composer.model.settings import Secret, SendgridSettings
from composer.providers.sendgrid import SendgridProvider
from composer.sending.provider import Answer
from tests.servers.certificates import make_certificate
from tests.servers.sendgrid_like import API_KEY, Break, Reply, SendgridServer
from tests.servers.smtp_sink import SmtpServer
from tests.unit.providers.letters import batch

CANARY = "SG.canary-8d21"
ANA = "ana@example.org"


def provider_with(key: str, url: str) -> SendgridProvider:
    return SendgridProvider(SendgridSettings(Secret(key, "SENDGRID_API_KEY"), url, timeout_s=1))


def closed_url() -> str:
    with SmtpServer() as server:
        return f"http://127.0.0.1:{server.port}"


def told_by(error: BaseException) -> str:
    """Everything that a log would show of it, its causes included."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(error.__dict__)


@pytest.mark.parametrize("answer", [None, Reply(500), Reply(400), Reply(302), Break("end")])
def test_logs_and_errors_never_hold_the_key_or_an_address(
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    answer: Reply | Break | None,
) -> None:
    seen = ""
    with SendgridServer([answer] if answer else []) as server:
        provider = provider_with(CANARY, server.url)
        # Somebody turns all logs on after we have shut one.
        logging.getLogger("python_http_client").setLevel(logging.DEBUG)
        logging.getLogger("python_http_client.client").setLevel(logging.DEBUG)
        with caplog.at_level(logging.DEBUG):
            for each in (provider, provider_with(API_KEY, server.url)):
                try:
                    seen += repr(each.deliver(batch(ANA)))
                except ComposerError as error:
                    seen += told_by(error)

    out, err = capfd.readouterr()
    for text in (seen, caplog.text, out, err, repr(provider), repr(provider.__dict__)):
        assert "canary" not in text
        assert API_KEY not in text
        assert ANA not in text
    assert any(CANARY in h["authorization"] for h in server.seen_headers)


def test_a_server_out_of_reach_is_told_without_the_key() -> None:
    with pytest.raises(ComposerError) as caught:
        provider_with(CANARY, closed_url()).deliver(batch(ANA))

    assert "canary" not in told_by(caught.value)


def test_mail_goes_over_verified_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path / "good.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))

    with SendgridServer(tls=certificate.context) as server:
        outcomes = provider_with(API_KEY, server.url).deliver(batch(ANA))

    assert [outcome.answer for outcome in outcomes] == [Answer.ACCEPTED]
    assert len(server.arrived) == 1


def test_a_server_that_nobody_vouches_for_gets_neither_key_nor_mail(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "bad.pem")

    with (
        SendgridServer(tls=certificate.context) as server,
        pytest.raises(Misconfigured, match="cannot be trusted"),
    ):
        provider_with(API_KEY, server.url).deliver(batch(ANA))

    assert server.seen_headers == []


@pytest.mark.parametrize("key", [f"{CANARY}\n", f"{CANARY} x", f"{CANARY}é", f"“{CANARY}”"])
def test_a_key_that_cannot_stand_in_a_header_is_told_by_its_variable(key: str) -> None:
    with pytest.raises(ConfigError, match="SENDGRID_API_KEY") as caught:
        provider_with(key, "https://api.sendgrid.com")

    assert "canary" not in told_by(caught.value)


@pytest.mark.parametrize("secret", [None, Secret("", "SENDGRID_API_KEY")])
def test_no_key_is_a_clear_error(secret: Secret | None) -> None:
    with pytest.raises(ConfigError, match="no api_key"):
        SendgridProvider(SendgridSettings(secret))


@pytest.mark.parametrize(
    "host", ["http://api.sendgrid.com", "api.sendgrid.com", "ftp://127.0.0.1", "", "http://"]
)
def test_the_key_is_never_sent_in_clear_text(host: str) -> None:
    with pytest.raises(ConfigError, match="https"):
        provider_with(CANARY, host)


def test_the_sdk_is_imported_only_by_who_sends_through_it() -> None:
    code = "import sys, composer.providers.sendgrid; sys.exit('sendgrid' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603
