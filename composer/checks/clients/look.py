"""The HTML of a letter → what the mail programs of a site do not support of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from composer.checks.clients.features import BREAKING, Feature, features_in
from composer.checks.clients.seen import seen
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
    found = features_in(seen(html))
    # Outlook on Windows reads another letter; few have anything to ask it.
    word = features_in(seen(html, word=True)) if found and _WORD in chosen else {}
    for feature in BREAKING:
        if signs := found.get(feature.slug):
            yield from _problem(feature, chosen, signs, in_word=feature.slug in word)


def _problem(
    feature: Feature, chosen: Iterable[str], found: tuple[str, ...], *, in_word: bool
) -> Iterator[ClientProblem]:
    support = table().features[feature.slug]
    without = [client for client in chosen if support.values[client] in feature.missing]
    if _WORD in without and not in_word:
        without.remove(_WORD)
    if not without:
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
