"""Kill the sender everywhere, break everything around it, and count: `make crash`.

Who was accepted and never arrived is lost; who got two is doubled. Both must be none, the books
must balance at every look, and unknown may be no more than was in flight.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count, product
from multiprocessing import get_context
from pathlib import Path

from benchmarks import results
from composer.model.delivery import Status
from tests.contract.ledgers import Desk
from tests.crash import faults
from tests.crash.matrix import (
    PROVIDERS,
    Sites,
    Told,
    killed_at,
    moments_of,
    readers_of,
    statuses,
    told_of,
)
from tests.crash.senders import CONNECTIONS, GROUP, Job, Senders, senders
from tests.databases import BOTH, Databases
from tests.servers.postgres import Server, own_server

RANDOM_KILLS = 300
RANDOM_READERS = 20_000
#: One of three does now more and now less: whoever was done before so many moments in a row, with
#: a run each, has no later ones.
ENDED = 8


@dataclass
class Tally:
    """What a part of the matrix came to."""

    kills: int = 0
    lost: int = 0
    doubled: int = 0
    unbalanced: int = 0
    most_unknown: int = 0
    moments: Counter[str] = field(default_factory=Counter)

    def add(self, told: Told) -> None:
        self.kills += told.killed
        self.lost += told.lost
        self.doubled += told.doubled
        self.unbalanced += not told.balanced
        self.most_unknown = max(self.most_unknown, told.unknown)
        self.moments[told.moment if told.killed else "after the end"] += 1

    @property
    def document(self) -> dict[str, object]:
        # `asdict` makes of a Counter a count of its pairs.
        return {**vars(self), "moments": dict(sorted(self.moments.items()))}

    @property
    def sound(self) -> bool:
        return not self.lost + self.doubled + self.unbalanced


@contextmanager
def databases(kind: str) -> Iterator[tuple[Databases | None, Server | None]]:
    if kind == "sqlite":
        yield None, None
        return
    with own_server() as server:
        yield Databases(server, "crash"), server


def everywhere(every: int, readers: int, jobs: int) -> dict[str, dict[str, object]]:
    """Each provider, on each database, alone and as one of three; `jobs` of them at once."""
    parts = list(product(BOTH, PROVIDERS))
    kinds, providers = zip(*parts, strict=True)
    work = partial(killed, every=every, readers=readers)
    found: dict[str, dict[str, object]] = {kind: {} for kind in BOTH}
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as processes:
        for kind, part in zip(kinds, processes.map(work, kinds, providers), strict=True):
            found[kind] |= part
    return found


def killed(kind: str, provider: str, *, every: int, readers: int) -> dict[str, object]:
    """A sender killed at every `every`th moment."""
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name, databases(kind) as (own, _), senders() as running:
        sites = Sites(Path(name), own, readers)
        for workers in (1, 3):
            tally = Tally()
            least = moments_of(sites, running, provider, workers=workers)
            missed = 0
            for moment in count(1, every):
                told = killed_at(sites, running, provider, moment, workers=workers)
                tally.add(told)
                sites.forget()
                missed = 0 if told.killed else missed + 1
                if missed == ENDED and moment > least:
                    break
            found[f"{provider}, {workers}"] = tally.document
            print(f"{kind:<10} {provider:<9} {workers} sender(s): {_line(tally)}", flush=True)
            assert tally.sound
            assert tally.most_unknown <= GROUP * CONNECTIONS
    return found


def _line(tally: Tally) -> str:
    return (
        f"{tally.kills} kills, lost {tally.lost}, doubled {tally.doubled}, unbalanced "
        f"{tally.unbalanced}, at most {tally.most_unknown} unknown"
    )


def broken(kind: str) -> dict[str, object]:
    """Every fault of the other side, and of the database."""
    found: dict[str, object] = {}
    with (
        tempfile.TemporaryDirectory() as name,
        databases(kind) as (own, server),
        senders() as running,
    ):
        sites = Sites(Path(name), own)
        for fault in faults.FAULTS:
            told = faults.after(fault, sites, running)
            assert told.unknown <= fault.unknown, told
            _note(found, kind, f"{fault.provider}: {fault.name}", told)
        around: list[tuple[str, Callable[[], Told]]] = [
            ("senders at once", lambda: faults.two_at_once(sites, running)),
            ("SIGTERM", lambda: faults.asked_to_stop(sites, running)),
            ("clock jumps", lambda: faults.with_a_jumping_clock(sites, running)),
            ("database locked", lambda: locked(sites, running)),
        ]
        if server is None:
            room = Path(name) / "room"
            room.mkdir()
            around.append(("disk full", lambda: faults.with_a_full_disk(sites, running, room)))
        else:
            around.append(("database restarted", lambda: restarted(sites, running, server)))
        for word, work in around:
            _note(found, kind, word, work())
    return found


def _note(found: dict[str, object], kind: str, word: str, told: Told) -> None:
    assert told.lost == told.doubled == 0, told
    assert told.balanced, told
    found[word] = {"lost": 0, "doubled": 0, "unknown": told.unknown}
    print(f"{kind:<10} {word}: lost 0, doubled 0, unknown {told.unknown}", flush=True)


def locked(sites: Sites, running: Senders) -> Told:
    """Somebody writes for a second while the sender wants to."""
    with readers_of("smtp", delay_s=0.005) as readers:
        folder = sites.new()
        job = Job(str(folder), "smtp", readers.port)
        holding = threading.Event()

        def hold() -> None:
            with faults.locked(folder):
                holding.set()
                time.sleep(1.0)

        holder = threading.Thread(target=hold)
        holder.start()
        assert holding.wait(60)
        assert running.run(job) == [0]
        holder.join()
        return told_of("locked", folder, readers.arrived(folder))


def restarted(sites: Sites, running: Senders, server: Server) -> Told:
    """The server goes down and comes back while mail goes out."""
    with readers_of("smtp", delay_s=0.02) as readers:
        folder = sites.new()
        job = Job(str(folder), "smtp", readers.port)

        def restart() -> None:
            time.sleep(0.2)
            server.stop()
            server.start()

        other = threading.Thread(target=restart)
        other.start()
        running.run(job)
        other.join()
        for _ in range(faults.MOST_RUNS):
            books, _lines = statuses(folder)
            if not books.unfinished + books.count(Status.ATTEMPTING):
                break
            running.run(job)
        return told_of("restarted", folder, readers.arrived(folder))


def at_random(kills: int, readers: int) -> dict[str, object]:
    """One large mailing on SQLite, killed again and again, at moments that nobody chose."""
    chance = random.Random(20261126)  # noqa: S311 - repeatable, not secret
    with (
        tempfile.TemporaryDirectory() as name,
        readers_of("smtp") as server,
        senders() as running,
    ):
        folder = Path(name)
        desk = Desk.of(folder, readers)
        desk.mail()
        desk.database.store.engine.dispose()
        job = Job(name, "smtp", server.port)
        tally, started = Tally(), time.monotonic()
        while tally.kills < kills:
            ends = running.run(replace(job, kill_after_s=chance.uniform(0.005, 0.06)))
            if ends == [0]:
                break
            tally.kills += ends == [-9]
            if tally.kills % 20 == 0:
                tally.unbalanced += not statuses(folder)[0].balanced
        running.run(job)
        told = told_of("random", folder, server.arrived(folder))
        books, _lines = statuses(folder)
        tally.lost, tally.doubled, tally.most_unknown = told.lost, told.doubled, told.unknown
        tally.unbalanced += not told.balanced
    print(f"at random: {_line(tally)} of {readers:,} in {time.monotonic() - started:.0f} s")
    assert tally.sound
    assert tally.most_unknown <= tally.kills * GROUP * CONNECTIONS
    assert not books.unfinished
    return tally.document | {"readers": readers, "group": GROUP, "connections": CONNECTIONS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="kill at every Nth moment only")
    parser.add_argument("--readers", type=int, default=9, help="of each mailing that is killed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="so many at once")
    parser.add_argument("--kills", type=int, default=RANDOM_KILLS)
    parser.add_argument("--keep", action="store_true", help="write results.json")
    options = parser.parse_args()
    found: dict[str, object] = {"every": options.every, "readers": options.readers}
    killed_of = everywhere(options.every, options.readers, options.jobs)
    for kind, part in killed_of.items():
        found[kind] = {"killed": part, "broken": broken(kind)}
    found["random"] = at_random(options.kills, RANDOM_READERS)
    if options.keep:
        results.keep("crash", found)


if __name__ == "__main__":
    main()
