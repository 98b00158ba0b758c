"""The ledger's thread stands back behind those that talk; they are all there before it does."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from composer.errors import ConfigError
from composer.model.delivery import Delivery
from composer.sending.deliver import Terms, deliver
from composer.sending.provider import Batch, Outcome
from composer.sending.urgency import OURS, STEP, less_urgent, ready
from tests.unit.sending.fakes import MemoryLedger, ScriptedProvider
from tests.unit.sending.test_deliver import frozen

linux = pytest.mark.skipif(sys.platform != "linux", reason="a nice value for each thread: Linux")


def nice() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def in_a_thread(work: Callable[[], None]) -> None:
    """What it does to its thread ends with the thread."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(work).result(30)


@linux
def test_the_ledger_stands_back_behind_the_connections_and_what_they_begin() -> None:
    of_ledger: set[int] = set()
    of_connections: set[int] = set()

    class Watched(MemoryLedger):
        def begin(self, *asked: Any, **more: Any) -> Sequence[Delivery]:
            of_ledger.add(nice())
            return super().begin(*asked, **more)

    class Beginning(ScriptedProvider):
        def deliver(self, batch: Batch) -> Sequence[Outcome]:
            of_connections.add(nice())
            helper = threading.Thread(target=lambda: of_connections.add(nice()))
            helper.start()
            helper.join()
            return super().deliver(batch)

    def run() -> None:
        for _ in range(2):  # a worker delivers one share after the other
            whole = frozen(24)
            ledger = Watched(whole.entries, whole.frozen, one=whole.one)
            assert ledger.one is not None
            ended = deliver(ledger.one, ledger, Beginning().with_connections(3), Terms())
            assert ended.handed_over == 24
            before.append(nice())

    before = [nice()]
    in_a_thread(run)

    assert of_ledger == {OURS + STEP}
    # Without the right to take it back, a second run begins its threads less urgent.
    assert of_connections == set(before[:-1])


@linux
def test_who_may_not_become_more_urgent_again_becomes_no_less_urgent_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    really = os.setpriority

    def unprivileged(which: int, who: int, priority: int) -> None:
        if priority < os.getpriority(which, who):
            raise PermissionError(13, "Permission denied")
        really(which, who, priority)

    monkeypatch.setattr(os, "setpriority", unprivileged)
    seen: list[int] = []

    def thrice() -> None:
        seen.append(nice())
        for _ in range(3):
            with less_urgent():
                seen.append(nice())
            seen.append(nice())

    in_a_thread(thrice)

    assert seen[1:] == [OURS + STEP] * 6


@linux
def test_a_sandbox_that_forbids_it_costs_nothing_but_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "setpriority", forbidden)

    def work() -> None:
        before = nice()
        with less_urgent():
            assert nice() == before

    in_a_thread(work)


def test_elsewhere_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(os, "setpriority", lambda *given: asked.append(given))

    with less_urgent():
        pass

    assert not asked


def test_a_mailing_begins_with_all_its_threads_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger, provider = frozen(12), ScriptedProvider().with_connections(4)
    begin, started = threading.Thread.start, list[str]()

    def limited(thread: threading.Thread) -> None:
        if thread.name.startswith("provider"):
            if len(started) == 2:
                raise RuntimeError("can't start new thread")
            started.append(thread.name)
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)

    assert ledger.one is not None
    with pytest.raises(ConfigError, match="no more threads") as refused:
        deliver(ledger.one, ledger, provider, Terms())

    assert "connections" in refused.value.hint
    assert not provider.handed
    assert all(entry.attempts == 0 for entry in ledger.entries.values())
    assert provider.closed == 1

    monkeypatch.undo()
    assert deliver(ledger.one, ledger, provider, Terms()).handed_over == 12


def test_all_threads_are_there_at_once() -> None:
    with ThreadPoolExecutor(5) as threads:
        ready(threads, 5)

        here = threading.Barrier(5)
        met = [threads.submit(here.wait, 10) for _ in range(5)]
        assert sorted(one.result() for one in met) == list(range(5))
