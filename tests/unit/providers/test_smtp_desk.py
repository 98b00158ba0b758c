"""One thread holds all conversations: who waits for a server, or takes long, holds up nobody."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.model.settings import SmtpSettings
from composer.providers.smtp import SmtpProvider
from composer.providers.smtp.desk import READING, WRITING, Desk
from composer.sending.provider import Answer
from tests.servers.smtp_sink import Hang, Rule, SmtpServer
from tests.unit.providers.conftest import answers
from tests.unit.providers.letters import batch

LONG_S = 60.0


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        yield ours, theirs


async def here() -> threading.Thread:
    return threading.current_thread()


async def raises(error: BaseException) -> None:
    raise error


def test_all_conversations_are_held_by_one_thread_that_is_nobody_elses(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as threads:
        held_by = set(threads.map(lambda _: desk.run(here()), range(40)))

    assert len(held_by) == 1
    assert not held_by & set(threading.enumerate()) - {
        thread for thread in threading.enumerate() if thread.name == "smtp"
    }


def test_errors_come_home_to_the_thread_that_waits(desk: Desk) -> None:
    for error in (ValueError("bad"), KeyboardInterrupt()):
        with pytest.raises(type(error)) as caught:
            desk.run(raises(error))
        assert caught.value is error
    assert desk.run(here()).is_alive()


def test_an_errand_is_run_by_the_thread_that_waits_and_meanwhile_others_go_on(desk: Desk) -> None:
    started, done = threading.Event(), threading.Event()

    def long_work() -> threading.Thread:
        started.set()
        assert done.wait(LONG_S)
        return threading.current_thread()

    async def sends_it_aside() -> threading.Thread:
        return await desk.aside(long_work)

    def asks() -> tuple[threading.Thread, threading.Thread]:
        return desk.run(sends_it_aside()), threading.current_thread()

    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(asks)
        assert started.wait(LONG_S)
        assert desk.run(here()).name == "smtp"
        assert not asked.done()
        done.set()
        worked, waited = asked.result(LONG_S)

    assert worked is waited


def test_an_errand_that_fails_fails_where_it_was_asked_for(desk: Desk) -> None:
    def fails() -> None:
        raise OSError("no connection")

    async def goes_on() -> str:
        try:
            await desk.aside(fails)
        except OSError as error:
            return str(error)
        return "nothing"

    assert desk.run(goes_on()) == "no connection"


def test_who_waits_for_a_socket_holds_up_nobody_and_goes_on_when_something_comes(
    desk: Desk, ends: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = ends

    async def reads() -> bytes:
        assert await desk.may(ours, READING, LONG_S)
        return ours.recv(10)

    async def writes() -> None:
        assert await desk.may(theirs, WRITING, LONG_S)
        theirs.send(b"news")

    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(desk.run, reads())
        assert desk.run(here()).name == "smtp"
        assert not reading.done()
        desk.run(writes())
        assert reading.result(LONG_S) == b"news"


def test_a_wait_ends_when_the_other_side_is_gone(
    desk: Desk, ends: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = ends

    async def reads() -> bytes:
        assert await desk.may(ours, READING, LONG_S)
        return ours.recv(10)

    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(desk.run, reads())
        theirs.close()
        assert reading.result(LONG_S) == b""


@given(st.lists(st.sampled_from([0.0, 0.001, 0.004, 0.02, LONG_S]), min_size=1, max_size=6))
def test_each_waits_for_as_long_as_it_wants_and_no_shorter(times_s: list[float]) -> None:
    """Whoever wants to wait long is let go by a word, when all others have waited in vain."""
    desk = Desk()
    pairs = [socket.socketpair() for _ in times_s]

    async def waits(sock: socket.socket, within_s: float) -> bool:
        return await desk.may(sock, READING, within_s)

    with ThreadPoolExecutor(len(pairs)) as threads:
        waiting = [
            (time_s, threads.submit(desk.run, waits(ours, time_s)))
            for time_s, (ours, _) in zip(times_s, pairs, strict=True)
        ]
        assert not any(wait.result(LONG_S) for time_s, wait in waiting if time_s < LONG_S)
        for time_s, (_, theirs) in zip(times_s, pairs, strict=True):
            if time_s == LONG_S:
                theirs.send(b"!")
        assert all(wait.result(LONG_S) for time_s, wait in waiting if time_s == LONG_S)
    desk.close()
    for pair in pairs:
        for sock in pair:
            sock.close()


def test_whoever_lets_others_go_first_comes_after_all_that_have_something_to_read(
    desk: Desk, ends: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = ends
    order: list[str] = []
    waits = threading.Event()

    async def reads() -> None:
        waits.set()
        assert await desk.may(ours, READING, LONG_S)
        order.append("reader")

    async def writes() -> None:
        theirs.send(b"!")
        order.append("writer")
        await desk.breath()
        order.append("writer again")

    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(desk.run, reads())
        assert waits.wait(LONG_S)
        desk.run(writes())
        reading.result(LONG_S)

    assert order == ["writer", "reader", "writer again"]


def test_whoever_lets_others_go_first_goes_on_when_there_are_none(desk: Desk) -> None:
    async def breathes() -> int:
        for _ in range(5):
            await desk.breath()
        return 5

    assert desk.run(breathes()) == 5


def test_a_closed_desk_ends_its_thread_after_the_last_conversation_and_opens_again() -> None:
    desk = Desk()
    started, done = threading.Event(), threading.Event()

    async def stays() -> threading.Thread:
        started.set()
        await desk.aside(lambda: done.wait(LONG_S))
        return threading.current_thread()

    with ThreadPoolExecutor(1) as threads:
        staying = threads.submit(desk.run, stays())
        assert started.wait(LONG_S)
        desk.close()
        desk.close()
        done.set()
        thread = staying.result(LONG_S)
    thread.join(LONG_S)
    assert not thread.is_alive()

    later = desk.run(here())
    later.join(LONG_S)
    assert later is not thread
    assert not later.is_alive()


def test_a_socket_that_is_closed_keeps_nobody_waiting(
    desk: Desk, ends: tuple[socket.socket, socket.socket]
) -> None:
    async def reads() -> bool:
        ends[0].close()
        return await desk.may(ends[0], READING, LONG_S)

    assert desk.run(reads())
    assert desk.run(here()).is_alive()


def test_when_the_desk_itself_fails_nobody_waits_for_ever(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, looks = Desk(), desk_that_fails_at_the_look(monkeypatch, 3)
    started = threading.Event()

    async def reads() -> bool:
        started.set()
        return await desk.may(ends[0], READING, LONG_S)

    async def breathes() -> None:
        while True:
            await desk.breath()

    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(desk.run, reads())
        assert started.wait(LONG_S)
        with pytest.raises(MemoryError):
            desk.run(breathes())
        with pytest.raises(MemoryError):
            reading.result(LONG_S)
    with pytest.raises(MemoryError):
        desk.run(here())
    desk.close()
    assert next(looks) > 3


def desk_that_fails_at_the_look(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[int]:
    looks, look = count(1), vars(Desk)["_look"]

    def looked(desk: Desk) -> None:
        if next(looks) > number:
            raise MemoryError
        look(desk)

    monkeypatch.setattr(Desk, "_look", looked)
    return looks


@pytest.mark.parametrize("step", ["CONNECT", "MAIL", "DOT"])
def test_a_server_that_says_nothing_to_one_holds_up_nobody_else(step: str) -> None:
    with (
        SmtpServer([Rule(step, Hang(), keep=True)]) as server,
        ThreadPoolExecutor(1) as threads,
    ):
        settings = SmtpSettings(port=server.port, security="none", connections=2, timeout_s=LONG_S)
        ours = SmtpProvider(settings, answer_timeout_s=LONG_S)
        stuck = threads.submit(ours.deliver, batch("ana@example.org"))
        while not any(rule.times == 0 for rule in server.rules):
            assert not stuck.done()
            threading.Event().wait(0.001)  # until the first is stuck
        outcomes = ours.deliver(batch("ben@example.net", "cleo@example.org"))
        assert not stuck.done()
        server.stopping.set()
    ours.close()

    assert answers(outcomes) == [Answer.ACCEPTED] * 2
