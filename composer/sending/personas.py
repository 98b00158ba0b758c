"""A persona as a plan would see them: in the segments whose rules they fulfil."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product

from composer.audience.evaluate import holds
from composer.audience.rule import Rule
from composer.model.edition import EditionKey
from composer.model.persona import Persona
from composer.model.subscriber import Subscriber
from composer.sending.choice import Editions
from composer.sending.ledger import Candidate


def candidate_of(persona: Persona, rules: Mapping[str, Rule], token: str) -> Candidate:
    """`persona` as a subscriber that is on no list; `token` stands in their links."""
    subscriber = Subscriber(
        id=0, address=persona.mailbox, fields=persona.fields, locale=persona.locale
    )
    segments = frozenset(name for name, rule in rules.items() if holds(rule, subscriber))
    return Candidate(subscriber, token, segments, variant=persona.variant)


def keys_for(editions: Editions, candidate: Candidate) -> Iterator[EditionKey]:
    """Every edition that the reader may get.

    Those without a locale are shown each of the issue's, those without a variant each one.
    """
    key = editions.key_to_look_at(candidate)
    locales = (key.locale,) if candidate.subscriber.locale else editions.locales
    variants = (key.variant,) if candidate.variant in editions.variants else editions.variants
    for locale, variant in product(locales, variants):
        yield replace(key, locale=locale, variant=variant)


def every_key(editions: Editions, candidates: Iterable[Candidate]) -> list[EditionKey]:
    """`editions.keys`, and one more for each locale and segments that only `candidates` have."""
    keys = list(editions.keys)
    seen = {(key.locale, key.segments) for key in keys}
    for candidate in candidates:
        for key in keys_for(editions, candidate):
            if (key.locale, key.segments) not in seen:
                seen.add((key.locale, key.segments))
                keys.append(key)
    return keys
