"""What was measured, when and on what machine: `benchmarks/results.json`, and nothing else.

The pages with tables and plots are made from it by `make docs`; so is the README's table.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import statistics
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")


def machine() -> dict[str, object]:
    """No name of the machine, and no path on it."""
    return {
        "processor": _proc("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int((_proc("/proc/meminfo", "MemTotal") or "0").split()[0]) / 1e6),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def keep(name: str, measured: Mapping[str, object]) -> None:
    """Write down what one benchmark found; what others found stays."""
    held = load()
    load_1 = round(os.getloadavg()[0], 1)
    held[name] = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        "load": load_1,
        **measured,
    }
    text = json.dumps(held, indent=1, sort_keys=True, ensure_ascii=False)
    RESULTS.write_text(text + "\n", encoding="utf-8")


def load() -> dict[str, Any]:
    if not RESULTS.exists():
        return {}
    held: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return held


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and most."""
    return {
        "median": _three(statistics.median(values)),
        "least": _three(min(values)),
        "most": _three(max(values)),
        "rounds": len(values),
    }


def ratios(above: Sequence[float], below: Sequence[float]) -> dict[str, float]:
    """Of the same rounds: what ran beside each other met the same machine."""
    return spread([a / b for a, b in zip(above, below, strict=True)])


def _three(value: float) -> float:
    """Three digits mean something, if that many do."""
    return float(f"{value:.3g}") if abs(value) < 1000 else float(round(value))


def _proc(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def turns(names: Sequence[str], rounds: int) -> Iterator[str]:
    """Each name once in every round, and every second round backwards.

    So no name has the machine's good hour for itself.
    """
    for number in range(rounds):
        yield from names if number % 2 == 0 else reversed(names)
