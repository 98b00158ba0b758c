"""Import of a large list against a bare csv.reader loop with a regex and a set, in one run."""

from __future__ import annotations

import csv
import re
import resource
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.lists import FIELDS, SETTINGS, write_list
from composer.audience.csv_file import SubscriberFile
from composer.audience.parse import compile_rules
from composer.storage.database import open_database


def bare(path: Path) -> float:
    """What nobody can do without: read, look at the address, remember it."""
    looks_right = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
    start = time.perf_counter()
    seen = set()
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        for row in reader:
            address = row[0].lower()
            if looks_right.match(address) and address not in seen:
                seen.add(address)
    return time.perf_counter() - start


def ours(path: Path, folder: Path) -> float:
    start = time.perf_counter()
    database = open_database(SETTINGS.database_url, folder, SETTINGS, compile_rules(SETTINGS))
    with closing(SubscriberFile(path, FIELDS)) as file:
        done = database.subscribers.import_file(file, print, lambda _: None)
    taken = time.perf_counter() - start
    assert done.refused == 0
    return taken


def main(rows: int = 1_000_000) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "list.csv"
        small = Path(name) / "small.csv"
        write_list(path, rows)
        write_list(small, rows // 100)
        ours(small, Path(name) / "small")
        before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        import_s = ours(path, Path(name) / "site")
        after_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        bare_s = min(bare(path) for _ in range(3))
        print(f"{rows:,} rows: bare loop {bare_s:.2f} s, import {import_s:.2f} s")
        print(f"ratio {import_s / bare_s:.1f} (aim: at most 6)")
        print(
            f"peak memory {before_mb:.0f} MB at {rows // 100:,} rows, {after_mb:.0f} MB at {rows:,}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
