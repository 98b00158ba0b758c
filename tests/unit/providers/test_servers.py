"""The servers that other tests start as processes keep what they were sent."""

from __future__ import annotations

from pathlib import Path

from composer.model.settings import Secret, SendgridSettings, SmtpSettings
from composer.providers.sendgrid import SendgridProvider
from composer.providers.smtp import SmtpProvider
from composer.sending.provider import Answer
from tests.servers.process import running
from tests.servers.sendgrid_like import API_KEY, arrived_in, start_api
from tests.servers.smtp_sink import SmtpServer, start_sink
from tests.unit.providers.letters import AT, MESSAGE, batch_of


def test_an_smtp_sink_keeps_every_message(tmp_path: Path) -> None:
    whole = batch_of(3)
    with start_sink(tmp_path / "sink") as sink:
        provider = SmtpProvider(SmtpSettings(port=sink.port, security="none"))
        provider.deliver(whole)
        provider.close()

        assert sink.count() == 3

    wire = [b"".join(MESSAGE.chunks(one, AT)) for one in whole.deliveries]
    assert sink.messages() == wire


def test_an_api_keeps_every_request(tmp_path: Path) -> None:
    with start_api(tmp_path / "api") as api:
        settings = SendgridSettings(Secret(API_KEY, "KEY"), f"http://127.0.0.1:{api.port}")
        SendgridProvider(settings).deliver(batch_of(3))

        assert api.count() == 1

    assert [letter.delivery for letter in arrived_in(api.messages())] == [
        "d000001",
        "d000002",
        "d000003",
    ]


def test_a_long_way_changes_nothing_but_the_time(tmp_path: Path) -> None:
    with SmtpServer() as server:
        options = ["--to", str(server.port), "--round-trip", "0.02"]
        with running("tests.servers.delaying_proxy", tmp_path, "", options) as far:
            provider = SmtpProvider(SmtpSettings(port=far.port, security="none", timeout_s=5))
            outcomes = provider.deliver(batch_of(8))
            provider.close()

    assert {outcome.answer for outcome in outcomes} == {Answer.ACCEPTED}
    sent = [b"".join(MESSAGE.chunks(one, AT)) for one in batch_of(8).deliveries]
    assert [transaction.content for transaction in server.taken] == sent
    assert server.verbs()[-1] == "QUIT"


def test_the_sink_that_forgets_takes_whatever_comes(tmp_path: Path) -> None:
    with running("tests.servers.counting_sink", tmp_path, "") as sink:
        provider = SmtpProvider(SmtpSettings(port=sink.port, security="none", timeout_s=5))
        outcomes = [*provider.deliver(batch_of(8)), *provider.deliver(batch_of(8, start=9))]
        provider.close()

    assert {outcome.answer for outcome in outcomes} == {Answer.ACCEPTED}
