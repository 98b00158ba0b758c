"""What goes wrong on the other side, and around the database: nobody lost, nobody twice."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from composer.model.delivery import Status
from tests.crash.matrix import Sites, Told, readers_of, statuses, told_of
from tests.crash.senders import CONNECTIONS, GROUP, Job, Senders
from tests.servers.sendgrid_like import Break, Reply
from tests.servers.smtp_sink import Drop, Rule
from tests.unit.storage.lists import open_list

#: So many runs are enough for every fault to come to its end.
MOST_RUNS = 12


@dataclass(frozen=True)
class Fault:
    """`unknown` is the most that may be unknown afterwards, since its answer never came."""

    name: str
    provider: str
    rules: Callable[[], Sequence[Rule]] = tuple
    script: Callable[[], Sequence[Reply | Break]] = tuple
    unknown: int = 0
    delay_s: float = 0.0


def _smtp(name: str, *rules: Rule, unknown: int = 0, delay_s: float = 0.0) -> Fault:
    """Rules count down: each run needs its own."""
    fresh = lambda: [replace(rule) for rule in rules]  # noqa: E731 - said in a word
    return Fault(name, "smtp", rules=fresh, unknown=unknown, delay_s=delay_s)


def _api(name: str, *script: Reply | Break, unknown: int = 0, delay_s: float = 0.0) -> Fault:
    return Fault(name, "sendgrid", script=lambda: script, unknown=unknown, delay_s=delay_s)


_BUSY = Reply(429, headers={"Retry-After": "0"})

FAULTS = (
    _smtp("reset before the message", Rule("DATA", Drop(reset=True), times=3, after=5)),
    _smtp("reset within the message", Rule("BODY", Drop(reset=True), times=3, after=5), unknown=3),
    _smtp("answer lost", Rule("DOT", Drop(), keep=True, times=3, after=5), unknown=3),
    _smtp("answer lost by a reset", Rule("DOT", Drop(reset=True), keep=True, times=2), unknown=2),
    _smtp("421 to a message", Rule("DOT", "421 4.3.2 going down", times=4, after=3)),
    _smtp("421 at once", Rule("CONNECT", "421 4.3.2 busy", times=2)),
    _smtp("greylisted", Rule("RCPT", "451 4.7.1 come back later", times=20)),
    _smtp("451 to every sender", Rule("MAIL", "451 4.3.0 not now", times=12)),
    _smtp("452 after the message", Rule("DOT", "452 4.2.2 over quota", times=10)),
    _smtp("refused for good", Rule("RCPT", "550 5.1.1 nobody", match="reader7@", times=None)),
    _smtp("few messages for each connection", Rule("MAIL", "421 4.7.0 too many", times=6, after=4)),
    _smtp("slow", delay_s=0.01),
    _api("reset before the body", Break("start"), Break("start"), unknown=2 * GROUP),
    _api("reset after the body", Break(), Break(), unknown=2 * GROUP),
    _api("answer lost", Break(keep=True), Break(keep=True), unknown=2 * GROUP),
    _api("half an answer", Break("answer", keep=True), unknown=GROUP),
    _api("429 storm", *[_BUSY] * 12),
    _api("5xx storm", *[Reply(500), Reply(502), Reply(503)] * 2, unknown=6 * GROUP),
    _api("taken, and then a 500", Reply(500, keep=True), unknown=GROUP),
    _api("slow", delay_s=0.01),
)


def after(fault: Fault, sites: Sites, senders: Senders) -> Told:
    """Send through `fault`, again and again until nothing is left to do."""
    with readers_of(
        fault.provider, fault.rules(), fault.script(), delay_s=fault.delay_s
    ) as readers:
        folder = sites.new()
        job = Job(str(folder), fault.provider, readers.port)
        _to_the_end(folder, job, senders, fault.name)
        return told_of(fault.name, folder, readers.arrived(folder))


def _to_the_end(folder: Path, job: Job, senders: Senders, name: str) -> None:
    for _ in range(MOST_RUNS):
        assert set(senders.run(job)) <= {0, 1}, name
        books, _lines = statuses(folder)
        assert books.balanced, name
        if not books.unfinished:
            return
    raise AssertionError(f"{name}: it never came to an end")


# --- around the database ----------------------------------------------------------------------


def two_at_once(sites: Sites, senders: Senders) -> Told:
    """Three senders of one mailing begin at the same time: one sends, the others are refused."""
    with readers_of("smtp", delay_s=0.005) as readers:
        folder = sites.new()
        job = Job(str(folder), "smtp", readers.port)
        jobs = [replace(job, log=f"moment{n}.txt") for n in range(3)]
        ends = sorted(senders.run(*jobs))
        # One who comes when another has ended finds nothing to do.
        assert ends[0] == 0, ends
        assert set(ends) <= {0, 3}, ends
        return told_of("senders at once", folder, readers.arrived(folder))


def asked_to_stop(sites: Sites, senders: Senders) -> Told:
    """SIGTERM in mid-send, five times: what is in flight is finished, nothing is unknown."""
    with readers_of("smtp", delay_s=0.01) as readers:
        folder = sites.new()
        job = Job(str(folder), "smtp", readers.port, stop_after_s=0.05)
        for _ in range(5):
            assert senders.run(job) == [0]
            books, _lines = statuses(folder)
            assert books.balanced
            assert not books.count(Status.UNKNOWN) + books.count(Status.ATTEMPTING)
        _to_the_end(folder, replace(job, stop_after_s=0.0), senders, "SIGTERM")
        return told_of("SIGTERM", folder, readers.arrived(folder))


def with_a_jumping_clock(sites: Sites, senders: Senders) -> Told:
    """The clock of the machine is a day late, then a day early, at every look."""
    with readers_of("smtp", [Rule("RCPT", "451 4.7.1 later", times=9)]) as readers:
        folder = sites.new()
        job = Job(str(folder), "smtp", readers.port, jumps=True)
        _to_the_end(folder, job, senders, "clock jumps")
        return told_of("clock jumps", folder, readers.arrived(folder))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Somebody else is in the middle of writing, all the while."""
    database = open_list(folder)
    with database.store.engine.connect() as connection:
        _lock(connection)
        yield
        connection.rollback()
    database.store.engine.dispose()


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("LOCK TABLE deliveries IN SHARE ROW EXCLUSIVE MODE")


def with_a_full_disk(sites: Sites, senders: Senders, room: Path) -> Told:
    """A file system of three megabytes under the database fills up in mid-send, and is emptied."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(room)]
    subprocess.run(mount, check=True)  # noqa: S603 - our own command
    try:
        with readers_of("smtp") as readers:
            folder = sites.new()
            state = folder / ".newsletter"
            for path in list(state.iterdir()):
                if path.is_file():
                    (room / path.name).write_bytes(path.read_bytes())
            state.rename(folder / "was")
            state.symlink_to(room)
            job = Job(str(folder), "smtp", readers.port)
            senders.run(replace(job, stop_after_s=0.02))
            ballast = room / "ballast"
            with ballast.open("wb", buffering=0) as file:
                _fill(file.write)
            ends = senders.run(job)
            ballast.unlink()
            assert ends[0] in {0, 1}
            _to_the_end(folder, job, senders, "disk full")
            return told_of("disk full", folder, readers.arrived(folder))
    finally:
        subprocess.run(["umount", "-l", str(room)], check=True)  # noqa: S603, S607 - our own


def _fill(write: Callable[[bytes], int | None]) -> None:
    try:
        while write(b"\0" * 4_096):
            pass
    except OSError:
        return


#: The most that one sender has in flight.
IN_FLIGHT = GROUP * CONNECTIONS
