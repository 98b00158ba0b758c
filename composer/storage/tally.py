"""What a walk over all lines of a mailing finds, and its text in the database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from composer.model.delivery import Status
from composer.reports.figures import Cause, Domain, Moment, Timeline

#: Of the text; another one is not read but counted anew.
_FORM = 1


@dataclass(frozen=True, slots=True)
class Tally:
    """`domains` are the largest, without what events told of them; `causes` those of lines."""

    by_edition: Mapping[str, Mapping[Status, int]]
    excluded: Mapping[str, int]
    timeline: Timeline
    domains: Sequence[Domain]
    other_domains: int
    causes: Sequence[Cause]

    @property
    def text(self) -> str:
        return json.dumps(
            {
                "form": _FORM,
                "editions": {name: _plain(counts) for name, counts in self.by_edition.items()},
                "excluded": dict(self.excluded),
                "step_s": self.timeline.step_s,
                "moments": [[m.at, _plain(m.counts)] for m in self.timeline.moments],
                "domains": [[d.name, _plain(d.counts)] for d in self.domains],
                "other_domains": self.other_domains,
                "causes": [[c.kind, c.reason, c.count] for c in self.causes],
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def of_text(cls, text: str) -> Tally | None:
        """None when another version wrote it."""
        content: dict[str, Any] = json.loads(text)
        if content["form"] != _FORM:
            return None
        moments = tuple(Moment(at, _counts(counts)) for at, counts in content["moments"])
        return cls(
            by_edition={name: _counts(counts) for name, counts in content["editions"].items()},
            excluded=content["excluded"],
            timeline=Timeline(content["step_s"], moments),
            domains=[Domain(name, _counts(counts)) for name, counts in content["domains"]],
            other_domains=content["other_domains"],
            causes=[Cause(*each) for each in content["causes"]],
        )


def _plain(counts: Mapping[Status, int]) -> dict[str, int]:
    return {str(status): count for status, count in counts.items() if count}


def _counts(plain: Mapping[str, int]) -> dict[Status, int]:
    return {Status(name): count for name, count in plain.items()}
