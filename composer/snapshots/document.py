"""Differences for programs: the documents of `newsletter snapshot --json` and `diff --json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from composer.snapshots.change import Change
from composer.snapshots.judge import Verdict


def document(verdicts: Sequence[Verdict]) -> dict[str, object]:
    """`clean` and `issues`; those that are clean are there with their count of renditions."""
    return {
        "clean": all(verdict.clean for verdict in verdicts),
        "issues": [_issue(verdict) for verdict in verdicts],
    }


def _issue(verdict: Verdict) -> dict[str, object]:
    return {
        "issue": verdict.issue_id,
        "renditions": verdict.renditions,
        "missing": list(verdict.missing),
        "left_over": list(verdict.left_over),
        "changed": [
            {
                "renditions": list(group.names),
                "changes": [_change(change) for change in group.changes],
            }
            for group in verdict.groups
        ],
        "bytes": {d.name: asdict(d.sizes) for d in verdict.differences},
    }


def _change(change: Change) -> dict[str, object]:
    """What is there, without what is empty; `before` and `after` always."""
    return {
        key: value
        for key, value in asdict(change).items()
        if value or key in ("kind", "before", "after")
    }
