"""An A/B test: who is in its sample, and which variant wins. Pure.

Until the decision, the rest are planned for an edition without a variant: there is no such
message, so that nobody can get one by mistake, and the books count them all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from composer.errors import GuardError
from composer.model.ab_test import AbTest, Contest, Decision, Figure, Metric, Why
from composer.model.edition import EditionKey
from composer.model.mailing import Plan

#: Nothing is attempted so late: the rest wait for a decision and not for a moment.
NEVER_S = 253_402_300_799  # the last second of the year 9999

_RANGE = 1 << 64


class Measured(Protocol):
    """What people did, as events tell: machines that open and click are not among them."""

    def people(self, mailing_id: str, metric: Metric) -> Mapping[str, int]:
        """How many different people did it, by the variant that they got."""
        ...


class NothingMeasured:
    """For a site that learns of no events: every A/B test ends with the first variant."""

    def people(self, mailing_id: str, metric: Metric) -> Mapping[str, int]:
        del mailing_id, metric
        return {}


def in_sample(issue_id: str, subscriber_id: int, percent: int) -> bool:
    """Whether a reader is asked first. The same answer for ever; a larger part holds a smaller."""
    seed = f"{issue_id}/{subscriber_id}/sample".encode()
    drawn = int.from_bytes(hashlib.blake2b(seed, digest_size=8).digest())
    return drawn * 100 < percent * _RANGE


def is_rest(key: EditionKey, variants: Sequence[str]) -> bool:
    """Whether a reader's variant is still to be decided."""
    return len(variants) > 1 and not key.variant


def possible(key: EditionKey, variants: Sequence[str]) -> Sequence[EditionKey]:
    """The editions that a reader of `key` may get."""
    return [replace(key, variant=v) for v in variants] if is_rest(key, variants) else [key]


def refuse_small(plan: Plan, test: AbTest, variants: Sequence[str]) -> None:
    """Raises GuardError when a variant has nobody in the sample, or nobody is left for the rest."""
    lacking = [name for name in variants if not plan.variants.get(name)]
    if not plan.recipients or (not lacking and plan.rest):
        return
    if lacking:
        raise GuardError(
            f"the sample of {test.percent} % has nobody for variant {' and '.join(lacking)}. "
            "Nothing was sent.",
            hint='take a larger one: --ab-test "50% 4h clicks", or none: --ab-test off',
        )
    raise GuardError(
        "the sample takes everybody, and nobody is left to get the winner. Nothing was sent.",
        hint="take a smaller one, or --ab-test off",
    )


def decide(contest: Contest, figures: Mapping[str, Figure], at: str) -> Decision:
    """The variant with the largest rate; of equals, and when nothing was measured, the first."""
    known = {name: figures.get(name, Figure(0, 0)) for name in contest.variants}
    best = max(known.values(), key=lambda figure: figure.rate).rate
    leading = [name for name, figure in known.items() if figure.rate == best]
    why = Why.NOTHING if not best else Why.TIE if len(leading) > 1 else Why.BEST
    return Decision(leading[0], why, at, known)


def chosen_by_hand(
    contest: Contest, winner: str, figures: Mapping[str, Figure], at: str
) -> Decision:
    """The variant that a person wants.

    Raises:
        GuardError: there is no such variant.
    """
    if winner not in contest.variants:
        raise GuardError(
            f"there is no variant {winner!r}", hint=f"there are: {', '.join(contest.variants)}"
        )
    known = {name: figures.get(name, Figure(0, 0)) for name in contest.variants}
    return Decision(winner, Why.PERSON, at, known)
