"""Threads that take turns at the desk: one works, and who waits for a server holds up nobody."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from composer.model.settings import SmtpSettings
from composer.providers.smtp import SmtpProvider, provider
from composer.providers.smtp.desk import Desk
from composer.sending.provider import Answer
from tests.servers.smtp_sink import Hang, Rule, SmtpServer
from tests.unit.providers.conftest import answers
from tests.unit.providers.letters import batch

LONG_S = 60.0


@pytest.mark.parametrize("places", [1, 3])
def test_no_more_work_at_once_than_there_are_places(places: int) -> None:
    desk, lock = Desk(places), threading.Lock()
    full, over = threading.Event(), threading.Event()
    now, most = 0, 0

    def work() -> None:
        nonlocal now, most
        with desk:
            with lock:
                now += 1
                most = max(most, now)
                if now == places:
                    full.set()
                if now > places:
                    over.set()
            assert full.wait(LONG_S)
            with lock:
                now -= 1

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(work) for _ in range(40)]:
            done.result(LONG_S)

    assert most == places
    assert not over.is_set()


def test_who_leaves_lets_another_work_and_comes_back_to_a_free_place() -> None:
    desk = Desk(1)
    came, gone = threading.Event(), threading.Event()

    def other() -> None:
        with desk:
            came.set()
            gone.set()

    with ThreadPoolExecutor(1) as threads, desk:
        done = threads.submit(other)
        assert not came.is_set()
        with desk.left():
            assert came.wait(LONG_S)
        assert gone.is_set()
        assert desk.is_mine
        done.result(LONG_S)


def test_to_leave_without_having_come_takes_nobodys_place() -> None:
    desk = Desk(1)

    with desk.left():
        assert not desk.is_mine
    assert not desk.is_mine
    with desk:
        assert desk.is_mine


def test_an_error_gives_the_place_back_at_the_desk_and_away_from_it() -> None:
    desk = Desk(1)

    def fails(*, away: bool) -> None:
        with desk:
            if not away:
                raise OSError("at the desk")
            with desk.left():
                raise OSError("away")

    for away in (False, True):
        with pytest.raises(OSError, match="the desk" if not away else "away"):
            fails(away=away)

    def comes() -> bool:
        with desk:
            return desk.is_mine

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(comes).result(LONG_S)


@pytest.mark.parametrize("step", ["CONNECT", "MAIL", "DOT"])
def test_a_server_that_says_nothing_to_one_holds_up_nobody_else(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "desk_of_this_machine", lambda: Desk(1))
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
