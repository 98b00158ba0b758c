"""What mail programs support, as caniemail.com tested; made by `scripts/make_client_table.py`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_TABLE = Path(__file__).parents[1] / "tables" / "clients.json"
_NAME = re.compile(r"(.*) \((.*)\)")


@dataclass(frozen=True)
class Support:
    """One feature. `values` maps a client to `y`, `a` (partly), `n`, `u` (unknown) or `-`."""

    title: str
    values: Mapping[str, str]
    notes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Table:
    """`clients` maps `gmail.ios` to `Gmail (iOS)`; `features` has caniemail's names."""

    date: str
    clients: Mapping[str, str]
    features: Mapping[str, Support]

    @property
    def families(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(client.partition(".")[0] for client in self.clients))

    def named(self, names: Iterable[str]) -> tuple[str, ...]:
        """The clients that `names` mean: `gmail` is all of Gmail, `gmail.ios` one."""
        wanted = set(names)
        return tuple(c for c in self.clients if c in wanted or c.partition(".")[0] in wanted)

    def spoken(self, clients: Iterable[str]) -> str:
        """`Gmail (iOS, Android) and Outlook (Windows)`; a whole family without parentheses."""
        families: dict[str, list[str]] = {}
        given = tuple(clients)
        for client in given:
            if match := _NAME.fullmatch(self.clients[client]):
                families.setdefault(match[1], []).append(match[2])
        whole = {
            family
            for family, platforms in families.items()
            if len(platforms) > 1
            and len(platforms) == sum(n.startswith(f"{family} (") for n in self.clients.values())
        }
        texts = [f if f in whole else f"{f} ({', '.join(p)})" for f, p in families.items()]
        return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))


@lru_cache(maxsize=1)
def table() -> Table:
    """The table, read once."""
    data = json.loads(_TABLE.read_text(encoding="utf-8"))
    clients = data["clients"]
    return Table(
        date=data["date"],
        clients=clients,
        features={slug: _support(made, clients) for slug, made in data["features"].items()},
    )


def _support(made: Mapping[str, str], clients: Iterable[str]) -> Support:
    notes: Mapping[str, str] = made["notes"]  # type: ignore[assignment]  # a table in the table
    values, told = {}, {}
    for client, text in zip(clients, made["stats"].split(), strict=True):
        values[client] = text[0]
        told[client] = tuple(notes[n] for n in text[1:].split(",") if n in notes)
    return Support(made["title"], values, told)
