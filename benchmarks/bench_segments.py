"""Counting a segment over a large list against the same SQL written by hand."""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks.lists import FIELDS, SETTINGS, write_list
from composer.audience.csv_file import SubscriberFile
from composer.audience.parse import compile_rules
from composer.storage.database import open_database

BY_HAND = """
    SELECT count(*), sum(x.hash IS NULL AND s.confirmed), sum(x.hash IS NOT NULL),
           sum(x.hash IS NULL AND NOT s.confirmed)
    FROM subscribers s LEFT JOIN suppressions x ON x.hash = s.hash
    WHERE s.f_text_country IN ('US', 'CA') AND instr(s.f_set_topics, ';policy;') > 0
          AND s.f_date_joined >= '2024-01-01'
"""


def median_ms(work: Callable[[], object], runs: int = 7) -> float:
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def main(rows: int = 1_000_000) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_list(folder / "list.csv", rows)
        rules = compile_rules(SETTINGS)
        database = open_database(SETTINGS.database_url, folder, SETTINGS, rules)
        with closing(SubscriberFile(folder / "list.csv", FIELDS)) as file:
            database.subscribers.import_file(file, print, lambda _: None)
        plain = sqlite3.connect(folder / ".newsletter" / "newsletter.db")
        plain.execute("PRAGMA cache_size = -65536")
        counted = database.subscribers.count(rules["na-policy"])
        assert plain.execute(BY_HAND).fetchone()[0] == counted.matched
        ours_ms = median_ms(lambda: database.subscribers.count(rules["na-policy"]))
        hand_ms = median_ms(lambda: plain.execute(BY_HAND).fetchall())
        plain.close()
        print(f"{rows:,} subscribers, {counted.matched:,} matched")
        print(f"by hand {hand_ms:.0f} ms, ours {ours_ms:.0f} ms")
        print(f"ratio {ours_ms / hand_ms:.2f} (aim: at most 1.5)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
