"""Servers that fail on demand, and providers that talk to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from composer.model.settings import Secret, SendgridSettings, SmtpSettings
from composer.providers.sendgrid import SendgridProvider
from composer.providers.smtp import SmtpProvider
from composer.sending.provider import Answer, Outcome
from tests.servers.certificates import Certificate, make_certificate
from tests.servers.sendgrid_like import API_KEY, Break, Judge, Reply, SendgridServer
from tests.servers.smtp_sink import PIPELINED, STEP_BY_STEP, Rule, SmtpServer

Start = Callable[..., SmtpServer]
Provide = Callable[..., SmtpProvider]
StartApi = Callable[..., tuple[SendgridServer, SendgridProvider]]


def answers(outcomes: Sequence[Outcome]) -> list[Answer]:
    return [outcome.answer for outcome in outcomes]


@pytest.fixture(params=[STEP_BY_STEP, PIPELINED], ids=["step-by-step", "pipelined"])
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Start a server with these rules: one that takes a command at a time, or many."""
    running: list[SmtpServer] = []

    def run(*rules: Rule) -> SmtpServer:
        fresh = [replace(rule) for rule in rules]  # they count, and tests share them
        running.append(SmtpServer(fresh, extensions=request.param).__enter__())
        return running[-1]

    yield run
    for server in running:
        server.__exit__(None, None, None)


@pytest.fixture
def provider_for() -> Iterator[Provide]:
    """Make a provider for a server; it is closed at the end."""
    made: list[SmtpProvider] = []

    def make(server: SmtpServer, timeout_s: float = 5.0) -> SmtpProvider:
        settings = SmtpSettings(port=server.port, security="none", timeout_s=timeout_s)
        made.append(SmtpProvider(settings, answer_timeout_s=timeout_s))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def start_api() -> Iterator[StartApi]:
    """Start a server with a script or a judge, and a provider for it."""
    with ExitStack() as running:

        def run(
            *script: Reply | Break,
            judge: Judge | None = None,
            sandbox: bool = False,
            patience_s: float = 5.0,
            timeout_s: float = 5.0,
        ) -> tuple[SendgridServer, SendgridProvider]:
            server = running.enter_context(SendgridServer(script, judge=judge))
            settings = SendgridSettings(Secret(API_KEY, "KEY"), server.url, timeout_s=timeout_s)
            return server, SendgridProvider(settings, sandbox=sandbox, patience_s=patience_s)

        yield run


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate for localhost that this process trusts."""
    made = make_certificate(tmp_path / "good.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
    return made
