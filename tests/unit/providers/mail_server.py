"""aiosmtpd, with TLS and log-in, and a provider for it that is closed in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from composer.model.settings import Secret, SmtpSettings
from composer.providers.smtp import SmtpProvider
from tests.servers.smtp_sink import SmtpServer

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
