"""The workers that deliver mailings together: who is there, and how fast it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Worker:
    """One process of `newsletter worker`, as it last said of itself.

    `mailing` and `share` are empty while it waits. `per_s` is how many deliveries were settled
    in a second of late; `seen_s` is how long ago it said so.
    """

    id: str
    host: str
    pid: int
    mailing: str = ""
    share: str = ""
    per_s: float = 0.0
    seen_s: int = 0

    @property
    def words(self) -> str:
        """`mail-2 (pid 4711): 2026-014-board-7f3a/1-500, 840 a minute`."""
        doing = f"{self.mailing}/{self.share}" if self.share else "waiting"
        pace = f", {self.per_s * 60:,.0f} a minute" if self.share else ""
        late = f", not heard of for {self.seen_s} s" if self.seen_s > LATE_S else ""
        return f"{self.host} (pid {self.pid}): {doing}{pace}{late}"


#: A worker says where it is every few seconds; after this long something keeps it from that.
LATE_S = 7
#: After this long, nobody waits for it any more: its share goes on elsewhere.
GONE_S = 10


def document_of(worker: Worker) -> dict[str, object]:
    """The contract's JSON of a worker."""
    return {
        "host": worker.host,
        "pid": worker.pid,
        "mailing": worker.mailing,
        "share": worker.share,
        "per_minute": round(worker.per_s * 60),
        "seen_s": worker.seen_s,
    }


def pace_of(workers: Sequence[Worker], mailing_id: str) -> float:
    """How many deliveries of a mailing all workers together settle in a second."""
    return sum(worker.per_s for worker in workers if worker.mailing == mailing_id)
