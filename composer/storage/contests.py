"""A/B tests in the database: each as JSON beside its mailing, decided once and for all."""

from __future__ import annotations

import json
from typing import Any

from composer.model.ab_test import AbTest, Contest, Decision, Figure, Metric, Why


def contest_to_json(contest: Contest | None) -> str:
    """`""` when there is no test; `contest_from_json` is its inverse."""
    if contest is None:
        return ""
    test, made = contest.test, contest.decision
    content: dict[str, Any] = {
        "percent": test.percent,
        "wait_s": test.wait_s,
        "metric": str(test.metric),
        "variants": list(contest.variants),
        "sampled": contest.sampled,
    }
    if made is not None:
        figures = {name: [one.accepted, one.people] for name, one in made.figures.items()}
        content["decision"] = {
            "winner": made.winner,
            "why": str(made.why),
            "at": made.at,
            "figures": figures,
        }
    return json.dumps(content, ensure_ascii=False)


def contest_from_json(text: str) -> Contest | None:
    if not text:
        return None
    content: dict[str, Any] = json.loads(text)
    made = content.get("decision")
    return Contest(
        test=AbTest(content["percent"], content["wait_s"], Metric(content["metric"])),
        variants=tuple(content["variants"]),
        sampled=content["sampled"],
        decision=made and _decision(made),
    )


def _decision(content: dict[str, Any]) -> Decision:
    figures = {name: Figure(*pair) for name, pair in content["figures"].items()}
    return Decision(content["winner"], Why(content["why"]), content["at"], figures)
