"""A persona as a plan would see them: in the segments whose rules they fulfil."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

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
    """Every edition that the reader may get: each variant, unless they ask for one of them."""
    key = editions.key_for(candidate)
    if candidate.variant in editions.variants:
        yield key
    else:
        yield from (replace(key, variant=variant) for variant in editions.variants)
