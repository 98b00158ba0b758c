"""The HTML of a letter → what the mail programs of a site do not support of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from composer.checks.clients.features import BREAKING, Feature
from composer.checks.clients.seen import Seen, seen
from composer.checks.clients.table import table

#: It lays letters out with Word, and has comments of its own.
_WORD = "outlook.windows"


@dataclass(frozen=True, slots=True)
class ClientProblem:
    """One feature. `found` is what was recognised first, as it stands in the HTML."""

    slug: str
    family: str  #: `css`, `html` or `image`
    message: str
    hint: str
    found: tuple[str, ...]


def client_problems(html: str, clients: Iterable[str]) -> Iterator[ClientProblem]:
    """Each feature once that breaks the letter in one of `clients` (`gmail`, `outlook.windows`).

    Names that the table does not have are passed over: `client/unknown` tells of them.
    """
    chosen = table().named(clients)
    others, word = seen(html), None
    if _WORD in chosen:
        word = seen(html, word=True)
    for feature in BREAKING:
        yield from _problem(feature, chosen, others, word)


def _problem(
    feature: Feature, chosen: Iterable[str], others: Seen, word: Seen | None
) -> Iterator[ClientProblem]:
    support = table().features[feature.slug]
    without = [client for client in chosen if support.values[client] in feature.missing]
    if not without:
        return
    found = tuple(dict.fromkeys(feature.detect(others)))
    if word is not None and _WORD in without and not any(feature.detect(word)):
        without.remove(_WORD)
    if not found or not without:
        return
    notes = dict.fromkeys(note for client in without for note in support.notes[client])
    hint = f"{feature.instead} ({next(iter(notes))})" if notes else feature.instead
    spoken = table().spoken(without)
    shown = f" ({found[0][:60]})" if found[0] not in support.title else ""
    yield ClientProblem(
        feature.slug,
        feature.family,
        f"{support.title}{shown} does not work in {spoken}",
        hint,
        found,
    )
