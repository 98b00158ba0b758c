"""Senders that die on demand: `python -m tests.crash.senders` forks one for each line it reads.

Everything is imported once; what is forked opens the database itself. A line of standard input is
a list of jobs (`Job`, as JSON) that run at the same time; the answer is a list of exit statuses,
negative for a signal, as `subprocess` tells them.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

from composer.errors import GuardError, StorageError
from composer.model.mailing import Mailing
from composer.model.settings import Secret, SendgridSettings, SmtpSettings
from composer.providers.outbox import OutboxProvider
from composer.providers.sendgrid import SendgridProvider
from composer.providers.smtp import SmtpProvider
from composer.sending.deliver import Run, Terms, deliver
from composer.sending.ledger import Ledger
from composer.sending.provider import Capabilities, Provider
from composer.storage import shares
from tests.crash.moments import Moments
from tests.servers.sendgrid_like import API_KEY
from tests.unit.storage.lists import open_list

ROOT = Path(__file__).parents[2]

#: Of each provider here: small, so that a mailing to forty has many groups.
GROUP = 4
CONNECTIONS = 2
SHARE = 8
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Job:
    """Deliver what is left of the newest mailing of the site in `folder`."""

    folder: str
    provider: str
    port: int = 0
    kill_at: int = 0  #: the number of the moment, 0 for none
    kill_after_s: float = 0.0  #: or so long after the beginning, wherever it is then
    stop_after_s: float = 0.0  #: asked politely, as by SIGTERM
    shares: bool = False  #: one share after the other, beside other senders, as a worker does
    jumps: bool = False  #: a clock that is a day late, then a day early, and so on
    log: str = "moment.txt"  #: in `folder`: the moment at which it died, or its end


def provider_of(job: Job) -> Provider:
    match job.provider:
        case "smtp":
            settings = SmtpSettings(port=job.port, security="none", connections=CONNECTIONS)
            return _InGroups(SmtpProvider(settings))
        case "sendgrid":
            key = Secret(API_KEY, "KEY")
            url = f"http://127.0.0.1:{job.port}"
            api = SendgridSettings(api_key=key, host=url, connections=CONNECTIONS)
            return _InGroups(SendgridProvider(api, patience_s=0))
        case _:
            return _InGroups(OutboxProvider(Path(job.folder) / "outbox"))


class _InGroups:
    """A provider that takes fewer at once than it could."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.name = provider.name
        self.deliver = provider.deliver
        self.close = provider.close

    @property
    def capabilities(self) -> Capabilities:
        return replace(self._provider.capabilities, batch_size=GROUP)


def run(job: Job) -> int:
    """0: to its end; 1: the provider or the database gave out; 3: another sender has it."""
    folder = Path(job.folder)
    database = open_list(folder)
    ledger = database.ledger
    mailing = ledger.latest()
    assert mailing is not None
    moments = Moments(folder / job.log, kill_at=job.kill_at)
    moments.watch()
    terms = terms_of(job)
    code = 0
    try:
        if job.shares:
            code = _every_share(ledger, mailing, job, terms)
        else:
            code = _ended(deliver(mailing, ledger, provider_of(job), terms))
    except GuardError:
        code = 3
    except StorageError:
        code = 1
    moments.done()
    return code


def _every_share(ledger: Ledger, mailing: Mailing, job: Job, terms: Terms) -> int:
    """Whoever is busy with a share of theirs keeps it."""
    code = 0
    for share in ledger.shares(mailing.id):
        try:
            done = deliver(mailing, ledger.of_share(share), provider_of(job), terms)
        except GuardError:
            continue
        code = max(code, _ended(done))
    return code


def _ended(done: Run) -> int:
    return 1 if done.failure else 0


def terms_of(job: Job) -> Terms:
    """Everybody who was put off is tried again at once; nobody is waited for."""
    terms = Terms(now=lambda: AT, retry_now=True)
    if job.kill_after_s:
        _later(job.kill_after_s, lambda: os.kill(os.getpid(), signal.SIGKILL))
    if job.stop_after_s:
        _later(job.stop_after_s, terms.stop.set)
    if job.jumps:
        days = cycle([-86_400.0, 86_400.0, 0.0])
        wrong = cycle([AT - timedelta(days=1), AT + timedelta(days=1)])
        terms = replace(terms, clock=lambda: time.time() + next(days), now=lambda: next(wrong))
    return terms


def _later(seconds: float, act: Callable[[], object]) -> None:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()


def _forked(job: Job) -> int:
    child = os.fork()
    if child:
        return child
    code = 99
    try:
        code = run(job)
    except BaseException:  # noqa: BLE001 - whatever it is, it must not run on in two processes
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    gc.freeze()
    shares.LEAST = SHARE  # so that a small mailing has several
    for line in sys.stdin:
        children = [_forked(Job(**each)) for each in json.loads(line)]
        ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        sys.stdout.write(json.dumps(ends) + "\n")
        sys.stdout.flush()


class Senders:
    """The other side of it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, *jobs: Job) -> Sequence[int]:
        """Run `jobs` at the same time; returns when all have ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([asdict(job) for job in jobs]) + "\n")
        self._process.stdin.flush()
        ends: list[int] = json.loads(self._process.stdout.readline())
        return ends


@contextmanager
def senders() -> Iterator[Senders]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.senders"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Senders(process)
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()


if __name__ == "__main__":
    main()
