"""Three workers and PostgreSQL, one killed, one added, the server restarted: who got it how often?

    python -m benchmarks.fleet [--readers 200000]

Real processes and a real server throughout; the receiving server writes every reader's address to
its disk before it answers. What was found is kept in `benchmarks/results.json`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import results
from tests.servers.fleet import Hosts, hosts, until
from tests.servers.postgres import own_server

READERS = 200_000
CONNECTIONS = 4
PATIENCE_S = 3_600.0


@dataclass
class Story:
    """What happened, in seconds after the first message."""

    fleet: Hosts
    readers: int
    start_s: float = 0.0
    found: dict[str, float] = field(default_factory=dict)

    def wait(self, what: str, count: int) -> None:
        until(what, lambda: self.fleet.count() >= count, PATIENCE_S, every_s=0.1)

    def now_s(self) -> float:
        return round(time.monotonic() - self.start_s, 1)

    def tell(self, what: str) -> None:
        sys.stdout.write(f"{self.now_s():7.1f} s  {self.fleet.count():>9,}  {what}\n")
        sys.stdout.flush()

    def run(self) -> None:
        fleet, readers = self.fleet, self.readers
        for name in ("one", "two", "three"):
            fleet.start_worker(name)
        until("three workers", lambda: fleet.started() == 3, every_s=0.1)
        words = ("send", "2026-017", "--segment", "everyone", "--confirm", f"everyone {readers}")
        sent = fleet.run("desk", *words)
        assert sent.returncode == 0, sent.stderr
        self.wait("the first message", 1)
        self.start_s = time.monotonic()
        self.tell("the first message arrives")
        self.wait("a fifth", readers // 5)
        self.kill_one()
        fleet.start_worker("four")
        self.tell("a fourth worker starts")
        self.wait("half", readers // 2)
        self.restart()
        until("the end", fleet.is_done, PATIENCE_S, every_s=1.0)
        self.found["whole_s"] = self.now_s()
        self.tell("nothing is left to do")
        fleet.drain()

    def kill_one(self) -> None:
        """One that has a share in hand; then wait for who goes on with it."""
        fleet = self.fleet
        until("a worker at work", lambda: bool(fleet.busy()), every_s=0.1)
        pids = {process.pid: name for name, process in fleet.workers.items()}
        pid, share = next(iter(fleet.busy().items()))
        fleet.workers[pids[pid]].kill()
        fleet.workers[pids[pid]].wait()
        killed_s = time.monotonic()
        self.tell(f"worker {pids[pid]} is killed with share {share} in hand")
        # What it had in flight is settled by whoever takes its share up.
        until("its share goes on", lambda: fleet.statuses()["unknown"] > 0, every_s=0.25)
        self.found["goes_on_s"] = round(time.monotonic() - killed_s, 1)
        self.tell("another has taken its share up, and settled what was in flight as unknown")

    def restart(self) -> None:
        fleet = self.fleet
        self.tell("PostgreSQL is restarted")
        began_s = time.monotonic()
        fleet.server.stop()
        fleet.server.start()
        self.found["away_s"] = round(time.monotonic() - began_s, 1)
        back = fleet.count()
        self.wait("messages after the restart", back + 1_000)
        self.found["sending_again_s"] = round(time.monotonic() - began_s, 1)
        self.tell("workers send again")


def judged(fleet: Hosts) -> Mapping[str, int | bool]:
    """The ledger beside what arrived."""
    lines, taken = fleet.lines(), Counter(fleet.taken())
    status = fleet.status()
    unknown = {address for address, state in lines.items() if state == "unknown"}
    accepted = {address for address, state in lines.items() if state == "accepted"}
    return {
        "accepted": len(accepted),
        "unknown": len(unknown),
        "unknown_and_arrived": len(unknown & taken.keys()),
        "more_than_once": sum(count > 1 for count in taken.values()),
        "accepted_and_not_arrived": len(accepted - taken.keys()),
        "arrived_and_not_accounted_for": len(taken.keys() - accepted - unknown),
        "neither": len(lines.keys() - accepted - unknown),
        "balanced": status["balanced"] is True,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=READERS)
    readers: int = parser.parse_args().readers
    with (
        tempfile.TemporaryDirectory() as folder,
        own_server() as server,
        hosts(Path(folder), server, readers, connections=CONNECTIONS) as fleet,
    ):
        story = Story(fleet, readers)
        story.run()
        found = judged(fleet)
        told = {name: fleet.log(name) for name in fleet.workers}
    per_s = readers / story.found["whole_s"]
    results.keep(
        "fleet",
        {
            "readers": readers,
            "connections": CONNECTIONS,
            "per_s": round(per_s),
            **story.found,
            **found,
        },
    )
    for name, value in found.items():
        sys.stdout.write(f"{name.replace('_', ' '):>32}  {value:,}\n")
    assert not any("Traceback" in log for log in told.values()), told
    assert found["balanced"], "the books do not balance"
    wrong = (
        "more_than_once",
        "accepted_and_not_arrived",
        "arrived_and_not_accounted_for",
        "neither",
    )
    assert not any(found[name] for name in wrong), found


if __name__ == "__main__":
    main()
