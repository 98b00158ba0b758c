"""The send path without a network: 12 kB messages into a provider that makes and counts them.

Beside it, in turns: the bare loop that makes the same messages of deliveries in memory; and two
processes that share one mailing, on a file and on PostgreSQL. Then a sender's memory, from 1,000
readers to 100,000, or to as many as are asked for:
python -m benchmarks.bench_send --readers 1000000
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from benchmarks import results
from benchmarks.mailings import copied, frozen, frozen_on
from tests.databases import Databases
from tests.servers.postgres import own_server

READERS = 20_000
SHARED_READERS = 60_000  # so that a share is large enough to be worth its beginning and end
ROUNDS = 5
AIM_PER_CORE = 0.35
AIM_TWO = 1.7
SENDER = (sys.executable, "-m", "benchmarks.sender")


def sender(folder: Path, options: Sequence[str] = ()) -> dict[str, float]:
    done = subprocess.run(  # noqa: S603 - ourselves
        [*SENDER, str(folder), *options],
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def together(folder: Path, processes: int, options: Sequence[str] = ()) -> float:
    """Messages a second of so many processes that deliver one mailing, each its shares."""
    running = [
        subprocess.Popen(  # noqa: S603 - ourselves
            [*SENDER, str(folder), "--part", f"{number}/{processes}", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    start_s = time.perf_counter()
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate()[0] for process in running]
    wall_s = time.perf_counter() - start_s
    counts: list[float] = [json.loads(text.splitlines()[-1])["count"] for text in told]
    return sum(counts) / wall_s


def speed() -> dict[str, object]:
    names = ["splice", "deliver"]
    kept = [*names, "deliver_cpu", "splice_cpu"]
    found: dict[str, list[float]] = {name: [] for name in kept}
    size = 0.0
    with frozen("small", READERS) as mailing:
        for name in results.turns(names, ROUNDS):
            with copied(mailing) as folder:
                options = ["--splice", str(READERS)] if name == "splice" else []
                told = sender(folder, options)
                found[name].append(told["count"] / told["wall_s"])
                found[f"{name}_cpu"].append(told["count"] / told["cpu_s"])
                size = told["bytes"]
    return {
        "readers": READERS,
        "bytes": size,
        "per_s": {name: results.spread(found[name]) for name in names},
        "per_cpu_s": {name: results.spread(found[f"{name}_cpu"]) for name in ("splice", "deliver")},
        "share_of_splice": results.ratios(found["deliver_cpu"], found["splice_cpu"]),
        "share_of_splice_by_clock": results.ratios(found["deliver"], found["splice"]),
    }


def shared() -> dict[str, object]:
    """One process and two, share by share, on a file."""
    with frozen("small", SHARED_READERS) as mailing:
        return one_and_two(partial(copied, mailing))


def shared_on_postgres() -> dict[str, object]:
    with own_server() as server:
        databases = Databases(server, "bench")
        with frozen_on(databases, "small", SHARED_READERS) as a_copy:
            return one_and_two(a_copy)


def one_and_two(a_copy: Callable[[], AbstractContextManager[Path]]) -> dict[str, object]:
    found: dict[str, list[float]] = {"one": [], "two": []}
    for name in results.turns(list(found), ROUNDS):
        with a_copy() as folder:
            found[name].append(together(folder, 1 if name == "one" else 2))
    return {
        "readers": SHARED_READERS,
        "per_s": {name: results.spread(values) for name, values in found.items()},
        "two_to_one": results.ratios(found["two"], found["one"]),
    }


def memory(most: int) -> dict[str, object]:
    peaks = {}
    for readers in sorted({1_000, 100_000, most}):
        with frozen("small", readers) as folder:
            told = sender(folder)
        assert told["count"] == readers
        per_s = told["count"] / told["wall_s"]
        peaks[readers] = {"peak_mb": round(told["peak_mb"], 1), "per_s": round(per_s)}
        print(f"{readers:>9,} readers: peak {told['peak_mb']:.1f} MB, {per_s:,.0f}/s", flush=True)
    growth = peaks[max(peaks)]["peak_mb"] / peaks[1_000]["peak_mb"] - 1
    print(f"memory grows by {growth * 100:.1f} % (aim: under 10 %, and under 80 MB)")
    return {"peaks": {str(n): peak for n, peak in peaks.items()}, "growth": round(growth, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description="The send path without a network.")
    parser.add_argument("--readers", type=int, default=100_000, help="the longest list")
    parser.add_argument("--only", choices=["speed", "shared", "postgres", "memory"])
    options = parser.parse_args()
    if options.only in (None, "speed"):
        found = speed()
        results.keep("send", found)
        print(json.dumps(found, indent=1))
        print(f"aims: {AIM_PER_CORE} of the bare loop on a core, two processes {AIM_TWO} x one")
    if options.only in (None, "shared"):
        both = shared()
        results.keep("shared", both)
        print(json.dumps(both, indent=1))
    if options.only in (None, "postgres"):
        both = shared_on_postgres()
        results.keep("shared_postgres", both)
        print(json.dumps(both, indent=1))
    if options.only in (None, "memory"):
        results.keep("memory", memory(options.readers))


if __name__ == "__main__":
    main()
