"""One rig for each provider: the provider, and a real thing behind it that can be told to fail."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any, Protocol

import pytest

from composer.model.settings import Secret, SendgridSettings, SmtpSettings
from composer.providers.outbox import OutboxProvider
from composer.providers.sendgrid import SendgridProvider
from composer.providers.smtp import SmtpProvider
from composer.sending.provider import Provider
from tests.servers.sendgrid_like import API_KEY, Arrived, Break, Reply, SendgridServer, errors
from tests.servers.smtp_sink import Drop, Rule, SmtpServer

Letter = EmailMessage


class Rig(Protocol):
    """What the contract needs of a provider's surroundings."""

    provider: Provider

    @abstractmethod
    def arrived(self) -> list[Letter]:
        """What readers would get, parsed by the standard library."""


class FaultyRig(Rig, Protocol):
    """A provider with somebody at the other end."""

    @abstractmethod
    def refuse(self, address: str) -> None: ...

    @abstractmethod
    def lose_one_answer(self) -> None:
        """The next message or request is taken, and the answer to it never comes."""

    @abstractmethod
    def out_of_reach(self) -> Provider:
        """The provider, with nobody at the other end."""

    @abstractmethod
    def with_wrong_credentials(self) -> Provider: ...


def closed_port() -> int:
    with SmtpServer() as server:
        return server.port


@dataclass
class OutboxRig:
    folder: Path
    provider: Provider = field(init=False)

    def __post_init__(self) -> None:
        self.provider = OutboxProvider(self.folder)

    def arrived(self) -> list[Letter]:
        return [parsed(path.read_bytes()) for path in sorted(self.folder.glob("*.eml"))]


@dataclass
class SmtpRig:
    server: SmtpServer
    provider: Provider = field(init=False)

    def __post_init__(self) -> None:
        self.provider = self._to(self.server.port)

    def _to(self, port: int, **settings: Any) -> SmtpProvider:
        return SmtpProvider(
            SmtpSettings(port=port, security="none", timeout_s=5, **settings), answer_timeout_s=5
        )

    def arrived(self) -> list[Letter]:
        return [parsed(message) for message in self.server.bag.messages]

    def refuse(self, address: str) -> None:
        self.server.rules.append(Rule("RCPT", "550 5.1.1 no such user", match=address))

    def lose_one_answer(self) -> None:
        self.server.rules.append(Rule("DOT", Drop(), keep=True))

    def out_of_reach(self) -> Provider:
        return self._to(closed_port())

    def with_wrong_credentials(self) -> Provider:
        self.server.extensions = ["AUTH PLAIN"]
        self.server.rules.append(Rule("AUTH", "535 5.7.8 no", times=None))
        return self._to(self.server.port, username="desk", password=Secret("wrong", "PASSWORD"))


@dataclass
class SendgridRig:
    server: SendgridServer
    provider: Provider = field(init=False)

    def __post_init__(self) -> None:
        self.provider = self._to(self.server.url)

    def _to(self, url: str, key: str = API_KEY) -> SendgridProvider:
        settings = SendgridSettings(api_key=Secret(key, "KEY"), host=url, timeout_s=5)
        return SendgridProvider(settings, patience_s=0)

    def arrived(self) -> list[Letter]:
        return [composed(message) for message in self.server.arrived]

    def refuse(self, address: str) -> None:
        def judge(body: dict[str, Any]) -> Reply | None:
            people = [each["to"][0]["email"] for each in body["personalizations"]]
            if address not in people:
                return None
            where = f"personalizations.{people.index(address)}.to.0.email"
            return Reply(400, errors((where, f"{address} is not valid")))

        self.server.judge = judge

    def lose_one_answer(self) -> None:
        self.server.script.append(Break(keep=True))

    def out_of_reach(self) -> Provider:
        return self._to(f"http://127.0.0.1:{closed_port()}")

    def with_wrong_credentials(self) -> Provider:
        return self._to(self.server.url, key="SG.wrong")


def parsed(message: bytes) -> Letter:
    letter = BytesParser(policy=default).parsebytes(message)
    assert isinstance(letter, EmailMessage)
    return letter


def composed(arrived: Arrived) -> Letter:
    """What SendGrid would make of it: it writes From, To and MIME itself."""
    letter = EmailMessage()
    letter["To"] = arrived.to
    letter["Subject"] = arrived.subject
    for name, value in arrived.headers.items():
        letter[name] = value
    letter.set_content(arrived.text)
    letter.add_alternative(arrived.html, subtype="html")
    return letter


MakeRig = Callable[[str], Any]


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[MakeRig]:
    with ExitStack() as servers:

        def make(kind: str) -> OutboxRig | SmtpRig | SendgridRig:
            match kind:
                case "outbox":
                    rig: OutboxRig | SmtpRig | SendgridRig = OutboxRig(tmp_path / "outbox")
                case "smtp":
                    rig = SmtpRig(servers.enter_context(SmtpServer()))
                case _:
                    rig = SendgridRig(servers.enter_context(SendgridServer()))
            servers.callback(rig.provider.close)
            return rig

        yield make


@pytest.fixture(params=["outbox", "smtp", "sendgrid"])
def rig(request: pytest.FixtureRequest, make_rig: MakeRig) -> Rig:
    made: Rig = make_rig(request.param)
    return made


@pytest.fixture(params=["smtp", "sendgrid"])
def faulty(request: pytest.FixtureRequest, make_rig: MakeRig) -> FaultyRig:
    made: FaultyRig = make_rig(request.param)
    return made
