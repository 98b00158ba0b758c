"""The dry run: the whole path for every recipient, into a provider that reaches nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from composer.model.delivery import Delivery, Exclusion, Recipient
from composer.model.edition import EditionKey
from composer.sending.deliver import Terms, batch_key
from composer.sending.message import Message
from composer.sending.provider import Answer, Batch, Provider

#: Counted links look as they will; nobody's pages know them, and none is ever counted.
_SEAL = b"rehearsal"


def rehearse(
    decisions: Iterable[Recipient | Exclusion],
    messages: dict[EditionKey, Message],
    provider: Provider,
    terms: Terms,
) -> dict[Answer, int]:
    """Encode and hand over every message; record nothing. Returns a count for each answer.

    Raises:
        ProviderError: the provider cannot be used at all.
    """
    answers = dict.fromkeys(Answer, 0)
    try:
        for deliveries in _batches(decisions, provider.capabilities.batch_size):
            if terms.stop.is_set():
                break
            message = messages[deliveries[0].recipient.edition]
            outcomes = provider.deliver(
                Batch(batch_key(deliveries), message, deliveries, terms.now())
            )
            for outcome in outcomes:
                answers[outcome.answer] += 1
            terms.progress(len(outcomes))
    finally:
        provider.close()
    return answers


def _batches(
    decisions: Iterable[Recipient | Exclusion], size: int
) -> Iterator[tuple[Delivery, ...]]:
    """Runs of one edition, each of at most `size`; delivery ids count up from 1."""
    waiting: dict[EditionKey, list[Delivery]] = {}
    number = count(1)
    for decision in decisions:
        if isinstance(decision, Exclusion):
            continue
        group = waiting.setdefault(decision.edition, [])
        name = f"rehearsal-{next(number):07d}"
        group.append(Delivery(id=name, recipient=decision, seal=_SEAL))
        if len(group) == size:
            yield tuple(group)
            group.clear()
    yield from (tuple(group) for group in waiting.values() if group)
