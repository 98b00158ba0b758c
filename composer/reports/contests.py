"""An A/B test in words and for scripts: what is tried, the figures, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from composer.model.ab_test import DID, Contest, Decision, Figure, Metric, Why
from composer.model.mailing import Plan
from composer.reports.intervals import is_noise, wilson
from composer.reports.timing import Timing, moment_text
from composer.sending.schedule import utc_text

_WHY = {
    Why.BEST: "the largest rate",
    Why.TIE: "a tie, so the first of them",
    Why.NOTHING: "nothing was measured, so the first",
    Why.PERSON: "chosen by a person",
}


#: Why nothing is measured.
_WHERE = {
    Metric.CLICKS: "clicks are not measured here (--count-clicks, or [webhooks] clicks)",
    Metric.REPLIES: "replies are not read here ([bounces] source)",
}


def plan_rows(plan: Plan) -> Iterator[tuple[str, str]]:
    """Rows of a plan: the sample, the rest, and the rule."""
    contest = plan.contest
    if contest is None:
        return
    test = contest.test
    shares = " · ".join(f"{name} {plan.variants.get(name, 0):,}" for name in contest.variants)
    yield (
        "A/B test",
        f"first {test.percent} %: {shares}; the rest ({plan.rest:,}) {test.wait_text} later",
    )
    yield "", f"the rest gets the variant with most {test.metric} by people for each message"
    if plan.measured:
        yield "", f"a tie, or nothing measured: variant {contest.variants[0]}"
    else:
        yield "", f"{_WHERE[test.metric]}: variant {contest.variants[0]} will go to the rest"


@dataclass(frozen=True, slots=True)
class Tried:
    """How a test stands: `figures` are those of now, of all who got each variant."""

    contest: Contest
    figures: Mapping[str, Figure]

    def lines(self, home: tzinfo) -> list[str]:
        """A table of the variants, what it is worth, and the decision or when it is made."""
        test = self.contest.test
        told = ["", f"  A/B test: {test.percent} % first, {test.wait_text}, by {test.metric}"]
        decision = self.contest.decision
        if not any(one.accepted for one in self.figures.values()) and decision is None:
            return [*told, f"  the rest is decided {test.wait_text} after the end of the sample"]
        told += [*_table(self.figures, DID[test.metric]), ""]
        if decision is not None:
            told.append(f"  {decision_text(decision)}")
            if decision.figures != self.figures:
                told += ["  the figures then:", *_table(decision.figures, DID[test.metric])]
        elif self.contest.sampled:
            told.append(f"  the rest is decided at {moment_text(self.contest.decided_from, home)}")
        else:
            told.append(f"  the rest is decided {test.wait_text} after the end of the sample")
        return [*told, f"  {noise_text(decision.figures if decision else self.figures)}"]

    @property
    def document(self) -> dict[str, object]:
        contest, decision = self.contest, self.contest.decision
        return {
            **ab_test_document(contest),
            "decides": utc_text(contest.decided_from) if contest.sampled else None,
            "variants": {name: _figure(one) for name, one in self.figures.items()},
            "noise": noise(decision.figures if decision else self.figures),
        }


def timed_text(timing: Timing, tried: Tried | None) -> str:
    """What stands below the books: moments that are still to come, and the A/B test."""
    lines = [*timing.lines, *(tried.lines(timing.home) if tried else [])]
    return "".join(f"\n{line}" for line in lines)


def timed_document(timing: Timing, tried: Tried | None) -> dict[str, object]:
    return {"schedule": timing.document, "ab_test": tried.document if tried else None}


def ab_test_document(contest: Contest) -> dict[str, object]:
    """What was confirmed, and the decision, if there is one."""
    made = contest.decision
    return {
        "test": contest.test.words,
        "state": "decided" if made else "waiting" if contest.sampled else "sampling",
        "decision": made
        and {
            "winner": made.winner,
            "why": str(made.why),
            "at": made.at,
            "variants": {name: _figure(one) for name, one in made.figures.items()},
        },
    }


def decision_text(made: Decision) -> str:
    """`b goes to the rest, decided 2026-11-23T13:00:02Z: the largest rate`."""
    return f"{made.winner} goes to the rest, decided {made.at}: {_WHY[made.why]}"


def noise(figures: Mapping[str, Figure]) -> bool | None:
    """Whether chance may have made the best better than the next; None where nothing is known."""
    ranked = sorted(figures.values(), key=lambda one: -one.rate)
    if len(ranked) < 2 or not any(one.people for one in ranked):
        return None
    return is_noise(ranked[0], ranked[1])


def noise_text(figures: Mapping[str, Figure]) -> str:
    match noise(figures):
        case None:
            return "nothing is measured yet, or nothing can be"
        case True:
            return "the difference may well be chance: do not learn from it"
        case _:
            return "the difference is larger than chance makes (95 %)"


def _table(figures: Mapping[str, Figure], did: str) -> Iterator[str]:
    wide = max(10, *(len(name) for name in figures))
    yield f"  {'variant':<{wide}}  {'accepted':>10}  {did:>10}  {'rate':>7}   95 % sure"
    for name, one in figures.items():
        found = wilson(one)
        between = f"{found.low * 100:.1f} to {found.high * 100:.1f} %"
        rate = f"{one.rate * 100:.1f} %"
        yield (f"  {name:<{wide}}  {one.accepted:>10,}  {one.people:>10,}  {rate:>7}   {between}")


def _figure(one: Figure) -> dict[str, object]:
    found = wilson(one)
    return {
        "accepted": one.accepted,
        "people": one.people,
        "rate": round(one.rate, 6),
        "low": round(found.low, 6),
        "high": round(found.high, 6),
    }
