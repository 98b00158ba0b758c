"""Bytes through a socket, in clear text and through TLS, while the other side takes its time."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from composer.providers.smtp.channel import Channel, channel_of
from composer.providers.smtp.desk import Desk
from tests.servers.certificates import Certificate

LONG_S = 60.0
MANY_BYTES = 12_000_000  # more than any system keeps for a socket

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def desk() -> Iterator[Desk]:
    with closing(Desk()) as made:
        yield made


@pytest.fixture(params=["clear", "sealed"])
def ends(request: pytest.FixtureRequest, certificate: Certificate) -> Iterator[Pair]:
    """Ours and theirs, connected through this machine's own network."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname(), LONG_S)
        theirs, _ = server.accept()
    theirs.settimeout(LONG_S)
    if request.param == "sealed":
        with ThreadPoolExecutor(1) as threads:
            shaken = threads.submit(certificate.context.wrap_socket, theirs, server_side=True)
            trusting = ssl.create_default_context(cafile=certificate.path)
            ours = trusting.wrap_socket(ours, server_hostname="localhost")
            theirs = shaken.result(LONG_S)
    with closing(ours), closing(theirs):
        yield ours, theirs


async def give(channel: Channel, chunks: list[bytes], within_s: float) -> int:
    """As a wire gives them: what the system did not take the first time goes in again."""
    wire, given = b"".join(chunks), 0
    while given < len(wire):
        given += await channel.send([wire[given:]] if given else chunks, within_s)
    return given


def all_of(sock: socket.socket, size: int) -> bytes:
    read = bytearray()
    while len(read) < size and (more := sock.recv(65_536)):
        read += more
    return bytes(read)


def test_a_reader_that_takes_its_time_gets_all_and_in_order(desk: Desk, ends: Pair) -> None:
    ours, theirs = ends
    channel = channel_of(ours, desk)
    chunks = [bytes([n % 251]) * (MANY_BYTES // 2000) for n in range(2000)]

    async def others() -> str:
        return "went on"

    with ThreadPoolExecutor(1) as threads:
        giving = threads.submit(desk.run, give(channel, chunks, LONG_S))
        assert desk.run(others()) == "went on"  # though nothing more fits
        assert not giving.done()
        assert all_of(theirs, MANY_BYTES) == b"".join(chunks)
        assert giving.result(LONG_S) == MANY_BYTES


def test_a_reader_that_never_takes_anything_is_given_up(desk: Desk, ends: Pair) -> None:
    channel = channel_of(ends[0], desk)

    with pytest.raises(TimeoutError):
        desk.run(give(channel, [bytes(MANY_BYTES)], 0.05))


def test_words_are_read_when_they_come(desk: Desk, ends: Pair) -> None:
    ours, theirs = ends
    channel = channel_of(ours, desk)
    assert not channel.has_news()
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(desk.run, channel.read(LONG_S))
        theirs.sendall(b"250 Ok\r\n")
        assert reading.result(LONG_S) == b"250 Ok\r\n"

    theirs.sendall(b"221 Bye\r\n")
    until(channel.has_news)
    assert channel.has_news()  # asking takes nothing away
    assert desk.run(channel.read(LONG_S)) == b"221 Bye\r\n"
    with pytest.raises(TimeoutError):
        desk.run(channel.read(0.01))


def test_a_reader_that_is_gone_is_noticed_on_both_ways(desk: Desk, ends: Pair) -> None:
    ours, theirs = ends
    channel = channel_of(ours, desk)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # cuts it off
    theirs.close()
    until(lambda: _is_gone(channel))

    with pytest.raises(OSError, match=r".+"):
        desk.run(channel.read(LONG_S))
    with pytest.raises(OSError, match=r".+"):
        desk.run(give(channel, [bytes(MANY_BYTES)], LONG_S))


def _is_gone(channel: Channel) -> bool:
    try:
        return channel.has_news()
    except OSError:
        return True


def until(holds: Callable[[], bool]) -> None:
    for _ in range(60_000):
        if holds():
            return
        threading.Event().wait(0.001)
    raise AssertionError("it never came")
