"""Why somebody is in a segment, or not, and whether mail reaches them at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from composer.audience.evaluate import holds
from composer.audience.explain import explain
from composer.audience.rule import Rule
from composer.reports.people import Person


@dataclass(frozen=True, slots=True)
class Membership:
    """`because` has one line for each part of the rule, `✓` or `✗` in front."""

    segment: str
    inside: bool
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """A subscriber beside the segments; `kept_back` is why they would get no mail, or empty."""

    address: str
    memberships: tuple[Membership, ...]
    kept_back: str

    @classmethod
    def of(cls, person: Person, rules: Mapping[str, Rule]) -> Explained:
        subscriber = person.subscriber
        found = (
            Membership(name, holds(rule, subscriber), tuple(explain(rule, subscriber)))
            for name, rule in rules.items()
        )
        kept_back = f"paused until {person.paused_until[:10]}" if person.paused_until else ""
        if not subscriber.confirmed:
            kept_back = "unconfirmed"
        if person.suppressed:
            kept_back = f"suppressed ({person.suppressed}, {person.suppressed_since})"
        return cls(str(subscriber.address), tuple(found), kept_back)

    @property
    def text(self) -> str:
        lines = []
        for one in self.memberships:
            verb = "is in" if one.inside else "is not in"
            lines += [f"{self.address} {verb} {one.segment!r}", *(f"  {p}" for p in one.because)]
        if self.kept_back:
            lines.append(f"and would get no mail: {self.kept_back}")
        return "\n".join(lines)

    @property
    def document(self) -> dict[str, object]:
        segments = {m.segment: {"in": m.inside, "because": [*m.because]} for m in self.memberships}
        return {"address": self.address, "segments": segments, "kept_back": self.kept_back}
