"""An A/B test: what it needs to be one, and which variant wins. Pure.

Until the decision, the rest are planned for an edition without a variant: there is no such
message, so that nobody can get one by mistake, and the books count them all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from composer.errors import GuardError
from composer.model.ab_test import AbTest, Contest, Decision, Figure, Metric, Why
from composer.model.edition import EditionKey
from composer.model.mailing import Plan

#: Nothing is attempted so late: the rest wait for a decision and not for a moment.
NEVER_S = 253_402_300_799  # the last second of the year 9999

_OFF = "--ab-test off gives every variant an equal part of all"


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


def is_rest(key: EditionKey, variants: Sequence[str]) -> bool:
    """Whether a reader's variant is still to be decided."""
    return len(variants) > 1 and not key.variant


def possible(key: EditionKey, variants: Sequence[str]) -> Sequence[EditionKey]:
    """The editions that a reader of `key` may get."""
    return [replace(key, variant=v) for v in variants] if is_rest(key, variants) else [key]


def refuse_small(plan: Plan, variants: Sequence[str]) -> None:
    """Hold a plan with an A/B test to a sample that can tell something.

    Raises:
        GuardError: a variant has nobody in the sample, or nobody is left for the rest; the hint
            says which sample would do.
    """
    test, readers, count = plan.ab_test, plan.recipients, len(variants)
    if test is None or not readers or count <= test.sample_of(readers) < readers:
        return
    sample = test.sample_of(readers)
    fitting = [
        one
        for one in map(partial(_with_percent, test), range(1, 100))
        if count <= one.sample_of(readers) < readers
    ]
    if not fitting:
        raise GuardError(
            f"{'one reader is' if readers == 1 else f'{readers:,} readers are'} too few to try "
            f"{count} variants on some of them first. Nothing was sent.",
            hint=f"it takes {count + 1} readers or more; {_OFF}",
        )
    if sample >= readers:
        raise GuardError(
            f"the sample of {test.percent} % takes all {readers:,} readers, and nobody is left to "
            "get the winner. Nothing was sent.",
            hint=f'take at most {fitting[-1].percent} %: --ab-test "{fitting[-1].words}"; {_OFF}',
        )
    lacking = " and ".join(variants[sample:])
    raise GuardError(
        f"the sample of {test.percent} % has nobody for variant {lacking}: it is {sample} of "
        f"{readers:,} readers. Nothing was sent.",
        hint=f'take at least {fitting[0].percent} %: --ab-test "{fitting[0].words}"; {_OFF}',
    )


def _with_percent(test: AbTest, percent: int) -> AbTest:
    return replace(test, percent=percent)


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
