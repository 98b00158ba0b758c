"""The send path without a network: plan, freeze, intents, splicing, outcomes. Speed and memory."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from multiprocessing import Process
from pathlib import Path

from benchmarks.lists import FIELDS, SETTINGS, write_list
from composer.audience.csv_file import SubscriberFile
from composer.audience.parse import compile_rules
from composer.model.delivery import Status
from composer.model.edition import Edition, EditionKey
from composer.model.issue import Expression, Issue, Paragraph, Position, Section, Text
from composer.model.mailing import Letterhead
from composer.rendering.compile import compile_edition
from composer.rendering.templates import Templates
from composer.sending.choice import Editions
from composer.sending.deliver import Terms, deliver
from composer.sending.plan import Request, prepare
from composer.sending.provider import Answer, Batch, Capabilities, Outcome
from composer.storage.database import open_database

AT = Position(1)


@dataclass
class Nowhere:
    """Makes every message whole, and drops it."""

    name: str = "nowhere"
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(batch_size=100))
    sent_bytes: int = 0

    def deliver(self, batch: Batch) -> Sequence[Outcome]:
        for delivery in batch.deliveries:
            self.sent_bytes += len(b"".join(batch.message.chunks(delivery, batch.at)))
        return [Outcome(delivery.id, Answer.ACCEPTED) for delivery in batch.deliveries]

    def close(self) -> None:
        """There is nothing to give back."""


def issue() -> Issue:
    name = Expression("subscriber.first_name", "reader", AT)
    words = "Crane crews at the northern terminals stopped loading for nine hours. " * 8
    sections = tuple(
        Section(f"s{n}", (Text(f"Section {n}"),), (Paragraph((Text(words),), AT),) * 6, (), AT)
        for n in range(8)
    )
    return Issue(
        id="bench",
        path=Path("issue.md"),
        title="Harbour Watch",
        date=date(2026, 11, 20),
        number="14",
        authors=(),
        categories=(),
        subjects={"": ("A quiet strike",)},
        preheader=(),
        locale="en",
        introduction=(Paragraph((Text("Dear "), name, Text(",")), AT),),
        sections=sections,
        positions={},
    )


def bring_in(folder: Path, rows: int) -> None:
    """In a process of its own: the memory of an import is not that of a send."""
    write_list(folder / "list.csv", rows)
    database = open_database(SETTINGS.database_url, folder, SETTINGS, compile_rules(SETTINGS))
    with closing(SubscriberFile(folder / "list.csv", FIELDS)) as file:
        database.subscribers.import_file(file, print, lambda _: None)


def send(rows: int) -> None:
    """Send to `rows` readers, and print messages a second and peak memory in MB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        importer = Process(target=bring_in, args=(folder, rows))
        importer.start()
        importer.join()
        database = open_database(SETTINGS.database_url, folder, SETTINGS, compile_rules(SETTINGS))
        one, templates = issue(), Templates.of_site(None)
        letterhead = Letterhead.of(SETTINGS.newsletter)
        request = Request(one.id, "everyone", "nowhere", letterhead, Editions.of(one))

        def compiled(key: EditionKey) -> Edition:
            return compile_edition(one, SETTINGS.newsletter, templates, key)

        start = time.perf_counter()
        prepared = prepare(request, database.audience, compiled)
        planned = time.perf_counter()
        mailing = database.ledger.freeze(
            prepared.plan,
            letterhead,
            prepared.editions.values(),
            prepared.decisions(database.audience),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        frozen = time.perf_counter()
        provider = Nowhere()
        run = deliver(mailing, database.ledger, provider, Terms())
        end = time.perf_counter()
        assert run.books.balanced
        assert run.books.count(Status.ACCEPTED) == rows
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size_kb = provider.sent_bytes / rows / 1000
        print(
            f"{rows:>7,} readers of {size_kb:.0f} kB: plan {planned - start:.2f} s, freeze "
            f"{frozen - planned:.2f} s, deliver {end - frozen:.2f} s "
            f"({rows / (end - frozen):,.0f}/s), peak {peak_mb:.1f} MB"
        )


def main() -> None:
    peaks = []
    for rows in (1_000, 100_000):
        done = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "benchmarks.bench_send", str(rows)],
            capture_output=True,
            text=True,
            check=True,
        )
        print(done.stdout.strip())
        peaks.append(float(done.stdout.split("peak ")[1].split()[0]))
    print(f"memory grows by {(peaks[1] / peaks[0] - 1) * 100:.1f} % (aim: under 10 %)")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        send(int(sys.argv[1]))
    else:
        main()
