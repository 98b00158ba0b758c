"""One sender as a process of its own: delivers a frozen mailing and says what it cost, as JSON.

    python -m benchmarks.sender FOLDER [--smtp PORT] [--connections N] [--key FILE]
        [--part I/N] [--splice READERS]

Without `--smtp`, the provider makes every message whole and counts. With `--part` it delivers
every N-th share and waits for a line on its input first. With `--splice` nothing is delivered:
so many deliveries are read into memory, and only the making of their messages is measured.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.mailings import open_site
from composer.errors import GuardError
from composer.model.delivery import Delivery
from composer.model.mailing import Mailing
from composer.model.settings import DkimKey, DkimSettings, SmtpSettings
from composer.providers.smtp import SmtpProvider
from composer.sending.deliver import Terms, deliver
from composer.sending.ledger import Ledger
from composer.sending.message import Message
from composer.sending.provider import Answer, Batch, Capabilities, Outcome, Provider
from composer.storage.database import Database

GROUP = 500


@dataclass
class Counting:
    """Makes every message whole, and counts."""

    name: str = "counting"
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(batch_size=GROUP))
    messages: int = 0
    sent_bytes: int = 0

    def deliver(self, batch: Batch) -> Sequence[Outcome]:
        for delivery in batch.deliveries:
            self.sent_bytes += len(b"".join(batch.message.chunks(delivery, batch.at)))
        self.messages += len(batch.deliveries)
        return [Outcome(delivery.id, Answer.ACCEPTED) for delivery in batch.deliveries]

    def close(self) -> None:
        """There is nothing to give back."""


def splice(database: Database, mailing: Mailing, readers: int) -> int:
    """The bare loop: deliveries that are there already, filled, encoded, checked and joined."""
    ledger, deliveries = database.ledger, list[Delivery]()
    (edition,) = ledger.editions(mailing.id).values()
    message = Message.compile(edition, mailing.letterhead)
    with ledger.sender(mailing.id):
        while len(deliveries) < readers and (more := ledger.begin(mailing.id, GROUP)):
            deliveries += more
    at, size = datetime.now(UTC), 0
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    for delivery in deliveries:
        size += len(b"".join(message.chunks(delivery, at)))
    tell(len(deliveries), start_s, start_cpu_s, size // len(deliveries))
    return 0


def send(ledger: Ledger, mailing: Mailing, options: argparse.Namespace) -> tuple[int, int]:
    """Deliver all of it, or every N-th share; how many, and of how many bytes, where known."""
    if not options.part:
        provider = provider_of(options)
        run = deliver(mailing, ledger, provider, Terms())
        assert run.books.balanced
        assert not run.books.unfinished, run
        return run.handed_over, getattr(provider, "sent_bytes", 0)
    number, parts = map(int, options.part.split("/"))
    shares = ledger.shares(mailing.id)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    count, terms = 0, Terms()
    for share in shares[number::parts]:
        with suppress(GuardError):
            run = deliver(mailing, ledger.of_share(share), provider_of(options), terms)
            count += run.handed_over
    return count, 0


def provider_of(options: argparse.Namespace) -> Provider:
    if not options.smtp:
        return Counting()
    signer = None
    if options.key:
        from composer.providers.smtp.dkim_keys import open_signer

        signer = open_signer(DkimSettings("news.example.org", (DkimKey("bench", options.key),)))
    settings = SmtpSettings(port=options.smtp, security="none", connections=options.connections)
    return SmtpProvider(settings, signer=signer)


def tell(count: int, start_s: float, start_cpu_s: float, size: int) -> None:
    wall_s, cpu_s = time.perf_counter() - start_s, time.process_time() - start_cpu_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"count": count, "wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": peak_mb, "bytes": size}
    print(json.dumps(told))


def main() -> None:
    parser = argparse.ArgumentParser(description="Deliver a frozen mailing, and measure it.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--smtp", type=int, default=0, metavar="PORT")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--key", default="")
    parser.add_argument("--part", default="", metavar="I/N")
    parser.add_argument("--splice", type=int, default=0, metavar="READERS")
    options = parser.parse_args()
    database = open_site(options.folder)
    mailing = database.ledger.latest()
    assert mailing is not None
    if options.splice:
        sys.exit(splice(database, mailing, options.splice))
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    count, size = send(database.ledger, mailing, options)
    tell(count, start_s, start_cpu_s, size // max(count, 1))


if __name__ == "__main__":
    main()
