"""The whole report of a mailing to very many, as a command of its own: when it is over, when one
line is left of it, and when the news of every letter has come in.

`python -m benchmarks.bench_report [--rows N]`; results.json keeps what was found of a million.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from benchmarks import results
from composer.model.delivery import Status
from composer.site import Site

ROUNDS = 3
AT = "2026-11-20T09:30:00Z"
MAILING = "2026-014-everyone-0001"
ROWS = 1_000_000
_NEWS = "key, mailing, delivery, provider, kind, verdict, at, code, link, reason, detail, machine"
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


def news(rows: int) -> Iterator[tuple[object, ...]]:
    """Nearly all arrived, one in two hundred came back, a quarter was clicked."""
    for n in range(1, rows + 1):
        told = ["delivered"] if n % 50 != 1 else []
        told += ["bounced"] if n % 200 == 7 else []
        told += ["clicked"] if n % 4 == 0 else []
        for kind in told:
            link = f"https://harbour.example/{n % 12}" if kind == "clicked" else ""
            code = "5.1.1" if kind == "bounced" else ""
            key = f"{kind}-{n}".encode()
            yield (key, 1, n, "sendgrid", kind, "nothing", AT, code, link, "", "", False)


def fill(folder: Path, rows: int) -> Site:
    command = [sys.executable, "-m", "composer", "-q", "init", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    site = Site.find(folder, {})
    with site.database.store.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO mailings (id, issue_id, segment, provider, letterhead, edition_digest,"
            " created, matched) VALUES (?, '2026-014', 'everyone', 'smtp',"
            ' \'{"newsletter": "Harbour Watch", "sender": ["", "desk@news.example.org"],'
            ' "reply_to": null, "list_id": "x", "base_url": "https://news.example.org",'
            ' "bounces": "b@news.example.org", "unsubscribe_mailto": null}\','
            " '', '2026-11-20T09:00:00Z', ?)",
            (MAILING, rows),
        )
        _insert(connection, "deliveries", _COLUMNS, lines(rows))
    return site


def _insert(
    connection: Connection, table: str, columns: str, rows: Iterator[tuple[object, ...]]
) -> None:
    values = ", ".join("?" for _ in columns.split(","))
    raw = connection.connection.driver_connection
    assert raw is not None
    with closing(raw.cursor()) as cursor:
        statement = f"INSERT INTO {table} ({columns}) VALUES ({values})"  # noqa: S608 - ours
        cursor.executemany(statement, rows)


def report_s(folder: Path, form: str) -> list[float]:
    """Seconds of the whole command, in each round."""
    command = [sys.executable, "-m", "composer", "-q", "-C", str(folder), "report"]
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run([*command, "--format", form], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
        found.append(time.perf_counter() - start)
    return found


def measured(folder: Path, rows: int) -> dict[str, object]:
    site = fill(folder, rows)
    store, orders = site.database.store, site.database.ledger.orders
    found: dict[str, object] = {"deliveries": rows}

    def tell(name: str, form: str) -> None:
        found[name] = results.spread(report_s(folder, form))
        print(f"{name}: {found[name]}", flush=True)

    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET status = 'planned' WHERE id = ?", (rows,))
    tell("under_way_s", "html")
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET status = 'unknown' WHERE id = ?", (rows,))
    start = time.perf_counter()
    assert orders.close(MAILING)
    found["closed_s"] = round(time.perf_counter() - start, 2)
    print(f"counted when it ended: {found['closed_s']} s", flush=True)
    tell("over_s", "html")
    tell("text_s", "text")
    with store.writing() as connection:
        _insert(connection, "events", _NEWS, news(rows))
    tell("with_news_s", "html")
    assert site.database.ledger.books(MAILING).balanced
    store.engine.dispose()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = measured(Path(name), options.rows)
    print("aim: less than 2 s, when it is over and before")
    if options.rows == ROWS:
        results.keep("report", found)


if __name__ == "__main__":
    main()
