"""Many questions at once: few threads, gentle to each host, done in time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from composer.links.answer import Answer, Question, Verdict
from composer.links.ask import Asker

#: So many hosts that cannot be looked up or reached, before one that can: nobody is there.
OFFLINE_HOSTS = 4

#: Verdicts that may be had without any network.
_TELLS_NOTHING = frozenset({Verdict.OFFLINE, Verdict.NAMELESS, Verdict.UNASKED})

_Lane = Sequence[Question]


def ask_all(
    questions: Sequence[Question], asker: Asker, progress: Callable[[int], None]
) -> Iterator[tuple[Question, Answer]]:
    """An answer for each question, as they come.

    Threads are daemons: a look-up of a name cannot be interrupted, and nobody waits for it
    when the time is over.
    """
    crowd = _Crowd(questions, asker)
    crowd.start()
    try:
        for question, answer in crowd.answers():
            progress(1)
            yield question, answer
    finally:
        crowd.stop.set()


class _Crowd:
    def __init__(self, questions: Sequence[Question], asker: Asker) -> None:
        self._asker = asker
        self._open = dict.fromkeys(questions)
        self._lanes: queue.SimpleQueue[_Lane] = queue.SimpleQueue()
        self._home: queue.SimpleQueue[tuple[Question, Answer]] = queue.SimpleQueue()
        self.stop = threading.Event()
        limits = asker.limits
        lanes = lanes_of(list(self._open), limits.per_host)
        for lane in lanes:
            self._lanes.put(lane)
        self._threads = [
            threading.Thread(target=self._work, name=f"links-{number}", daemon=True)
            for number in range(min(limits.threads, len(lanes)))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def answers(self) -> Iterator[tuple[Question, Answer]]:
        end_s = time.monotonic() + self._asker.limits.total_s
        offline_hosts: set[str] = set()
        online = False
        while self._open:
            try:
                question, answer = self._home.get(timeout=max(0.0, end_s - time.monotonic()))
            except queue.Empty:
                yield from self._rest(Answer(Verdict.TIMEOUT, "was not asked: time was over"))
                return
            del self._open[question]
            yield question, answer
            if answer.verdict is Verdict.OFFLINE:
                offline_hosts.add(host_of(question))
            online = online or answer.verdict not in _TELLS_NOTHING
            if not online and len(offline_hosts) >= OFFLINE_HOSTS:
                yield from self._rest(Answer(Verdict.OFFLINE, "was not asked"))

    def _rest(self, answer: Answer) -> Iterator[tuple[Question, Answer]]:
        self.stop.set()
        rest, self._open = list(self._open), {}
        for question in rest:
            yield question, answer

    def _work(self) -> None:
        while not self.stop.is_set():
            try:
                lane = self._lanes.get_nowait()
            except queue.Empty:
                return
            for number, question in enumerate(lane):
                if number and self.stop.wait(self._asker.limits.pause_s):
                    return
                self._home.put((question, self._answer(question)))

    def _answer(self, question: Question) -> Answer:
        try:
            return self._asker.ask(question)
        except Exception as error:  # noqa: BLE001 - one strange page must not lose all the others
            return Answer(Verdict.UNCLEAR, f"could not be judged ({type(error).__name__})")


def lanes_of(questions: Sequence[Question], per_host: int) -> list[_Lane]:
    """At most `per_host` runs of questions for each host, the longest first."""
    by_host: dict[str, list[Question]] = {}
    for question in questions:
        by_host.setdefault(host_of(question), []).append(question)
    lanes = [asked[n::per_host] for asked in by_host.values() for n in range(per_host)]
    return sorted(filter(None, lanes), key=len, reverse=True)


def host_of(question: Question) -> str:
    try:
        return (urlsplit(question.url).hostname or "").rstrip(".")
    except ValueError:
        return ""
