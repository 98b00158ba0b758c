"""The real resolver and the real dialer, on this machine alone."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address

import pytest

from composer.links.answer import Question, Verdict
from composer.links.ask import Asker
from composer.links.network import Network, SystemDialer, SystemResolver
from tests.servers.web_like import Page, WebServer
from tests.unit.links.web import QUICK


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f.1", "2130706433", "0177.0.0.1", "127.1"])
def test_every_spelling_of_a_number_is_resolved_to_what_it_means(host: str) -> None:
    assert SystemResolver().resolve(host, 80) == [IPv4Address("127.0.0.1")]


def test_the_dialer_connects_to_the_address_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with WebServer({}) as web, SystemDialer().dial(IPv4Address("127.0.0.1"), web.port, 5) as made:
        assert made.getpeername() == ("127.0.0.1", web.port)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_with_the_real_network_this_machine_is_never_asked(host: str) -> None:
    with WebServer({"/": Page()}) as web:
        asker = Asker(Network(), QUICK, "test")
        on_its_port = asker.ask(Question(f"http://{host}:{web.port}/"))
        on_port_80 = asker.ask(Question(f"http://{host}/"))

    assert on_its_port.verdict is Verdict.UNASKED
    assert on_port_80.verdict is Verdict.PRIVATE
    assert web.seen == []
