"""The whole report of a mailing to very many: counted, drawn, and as a command of its own."""

from __future__ import annotations

import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from composer.model.delivery import Status
from composer.reporting import report_of
from composer.reports.standing import Standing
from composer.site import Site

ROWS = 1_000_000
_COLUMNS = (
    "mailing, subscriber, address, display_name, edition, slots, token, status, attempts, reason,"
    " provider_id, at, domain, provider"
)


def lines(rows: int) -> Iterator[tuple[object, ...]]:
    """Most readers at a few domains, some at thousands; one in fifty is refused."""
    chance = random.Random(rows)  # noqa: S311 - repeatable, not secret
    for n in range(rows):
        domain = f"mail{int(chance.random() ** 4 * 3_000)}.example.org"
        status, reason = (Status.ACCEPTED, "") if n % 50 else (Status.REFUSED, "550 5.1.1 nobody")
        who = f"reader{n}@{domain}"
        slots = '{"subscriber.first_name": "Chloë"}'
        at = 1_760_000_000 + n // 500
        yield (
            *(1, n, who, "", "en", slots, f"t{n:021}", str(status), 1, reason),
            *(f"2.0.0 queued as {n}", at, domain, "smtp"),
        )


def fill(folder: Path, rows: int) -> Site:
    command = [sys.executable, "-m", "composer", "-q", "init", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    site = Site.find(folder, {})
    with site.database.store.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO mailings (id, issue_id, segment, provider, letterhead, edition_digest,"
            " created, matched) VALUES ('2026-014-everyone-0001', '2026-014', 'everyone', 'smtp',"
            ' \'{"newsletter": "Harbour Watch", "sender": ["", "desk@news.example.org"],'
            ' "reply_to": null, "list_id": "x", "base_url": "https://news.example.org",'
            ' "bounces": "b@news.example.org", "unsubscribe_mailto": null}\','
            " '', '2026-11-20T09:00:00Z', ?)",
            (rows,),
        )
        values = ", ".join("?" for _ in _COLUMNS.split(","))
        raw = connection.connection.driver_connection
        assert raw is not None
        with closing(raw.cursor()) as cursor:
            statement = f"INSERT INTO deliveries ({_COLUMNS}) VALUES ({values})"  # noqa: S608 - ours
            cursor.executemany(statement, lines(rows))
    return site


def main(rows: int = ROWS) -> None:
    with tempfile.TemporaryDirectory() as name:
        site = fill(Path(name), rows)
        database = site.database
        mailing = database.ledger.latest()
        assert mailing is not None
        taken, page = [], ""
        books = database.ledger.books(mailing.id)
        for _ in range(5):
            start = time.perf_counter()
            books = database.ledger.books(mailing.id)
            page = report_of(database, mailing, books, Standing.of(books)).page
            taken.append(time.perf_counter() - start)
        assert books.balanced
        command = [sys.executable, "-m", "composer", "-C", name, "report", "--format", "html"]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
        whole_s = time.perf_counter() - start
        database.store.engine.dispose()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{rows:,} deliveries, a page of {len(page) / 1000:.0f} kB, {memory:.0f} MB")
    print(f"counted and drawn in {statistics.median(taken):.2f} s, as a command {whole_s:.2f} s")
    print("aim: less than 2 s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
