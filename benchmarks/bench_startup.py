"""How long a person waits before the command does anything."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time


def median_ms(*words: str, runs: int = 9) -> float:
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([sys.executable, *words], capture_output=True, check=True)  # noqa: S603
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    bare = median_ms("-c", "pass")
    click = median_ms("-c", "import click")
    ours = median_ms("-m", "composer", "--help")
    print(f"python alone {bare:.0f} ms · import click {click:.0f} ms")
    print(f"newsletter --help {ours:.0f} ms (aim: under 250 ms)")
