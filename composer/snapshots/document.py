"""Differences for programs: the documents of `newsletter snapshot --json` and `diff --json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from composer.snapshots.change import Change
from composer.snapshots.gallery import Frame, Gallery
from composer.snapshots.judge import Verdict


def document(verdicts: Sequence[Verdict], galleries: Sequence[Gallery] = ()) -> dict[str, object]:
    """`clean` and `issues`; those that are clean are there with their count of renditions."""
    pictures = {gallery.issue_id: gallery for gallery in galleries}
    return {
        "clean": all(v.clean for v in verdicts) and all(g.clean for g in galleries),
        "issues": [_issue(verdict, pictures.get(verdict.issue_id)) for verdict in verdicts],
    }


def _issue(verdict: Verdict, gallery: Gallery | None) -> dict[str, object]:
    pictures = [_picture(frame) for frame in gallery.troubled] if gallery else []
    return ({"pictures": pictures} if gallery else {}) | {
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


def _picture(frame: Frame) -> dict[str, object]:
    """A picture that is not as approved; `share` is that of all its pixels."""
    share = round(frame.share, 6)
    return {"name": frame.name, "state": str(frame.state), "share": share, "note": frame.note}


def _change(change: Change) -> dict[str, object]:
    """What is there, without what is empty; `before` and `after` always."""
    return {
        key: value
        for key, value in asdict(change).items()
        if value or key in ("kind", "before", "after")
    }
