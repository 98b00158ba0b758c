"""What was killed and broken, and what it came to: a page from results.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.results import load

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "what-it-survives.md"

TEMPLATE = Path(__file__).with_name("what_it_survives.template.md")


def crash_page(found: Mapping[str, Any]) -> str:
    """The whole page; the matrix must have been run once."""
    machine, rand = found["machine"], found["random"]
    every = "every moment" if found["every"] == 1 else f"every {_nth(found['every'])} moment"
    return TEMPLATE.read_text(encoding="utf-8").format(
        date=found["date"],
        machine=f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}",
        every=every,
        killed_readers=found["readers"],
        groups=-(-found["readers"] // rand["group"]),
        in_flight=rand["group"] * rand["connections"],
        group=rand["group"],
        connections=rand["connections"],
        matrix="\n".join(_matrix(found)),
        readers=rand["readers"],
        kills=rand["kills"],
        lost=rand["lost"],
        doubled=rand["doubled"],
        unknown=rand["most_unknown"],
        broken="\n".join(_broken(found)),
    )


def _matrix(found: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("sqlite", "postgresql"):
        for name, tally in found[kind]["killed"].items():
            provider, senders = name.split(", ")
            cells = (kind, provider, senders, tally["kills"], tally["lost"], tally["doubled"])
            yield "| " + " | ".join(map(str, (*cells, tally["most_unknown"]))) + " |"


def _broken(found: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("sqlite", "postgresql"):
        for name, told in found[kind]["broken"].items():
            cells = (name, kind, told["lost"], told["doubled"], told["unknown"])
            yield "| " + " | ".join(map(str, cells)) + " |"


def _nth(number: int) -> str:
    return f"{number}{ {2: 'nd', 3: 'rd'}.get(number, 'th') }"


def write() -> None:
    found = load()
    if "crash" in found:
        PAGE.write_text(crash_page(found["crash"]), encoding="utf-8")
