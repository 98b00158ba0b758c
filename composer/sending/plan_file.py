"""A plan on disk: what was approved, in a form that scripts read and a send is held to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composer.errors import GuardError, Place
from composer.model.mailing import Plan
from composer.sending.schedule import utc_text
from composer.whole_file import whole_file


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """The digests and counts of a saved plan; `made` is ISO 8601 in UTC."""

    path: Path
    id: str
    issue_id: str
    segment: str
    made: str
    recipients: int
    edition_digest: str
    audience_digest: str
    message_digest: str
    ab_test: str = ""  #: in words
    count_clicks: bool = False


def document_of(plan: Plan, path: str) -> dict[str, object]:
    """The contract's JSON of a plan, without `schema`."""
    return {
        "issue": plan.issue_id,
        "segment": plan.segment,
        "edition_digest": plan.edition_digest,
        "provider": plan.provider,
        "matched": plan.matched,
        "recipients": plan.recipients,
        "excluded": dict(plan.excluded),
        "checks": {"errors": plan.errors, "warnings": plan.warnings},
        "plan": path,
        "mailing": plan.id,
        "editions": dict(plan.editions),
        "recipients_by_edition": dict(plan.recipients_by_edition),
        "locales": dict(plan.locales),
        "variants": dict(plan.variants),
        "audience_digest": plan.audience_digest,
        "message_digest": plan.message_digest,
        "schedule": schedule_document(plan),
        "rate": str(plan.rate) if plan.rate else None,
        "ab_test": ab_test_document(plan),
        "count_clicks": plan.count_clicks,
        "counted_links": plan.counted_links,
    }


def schedule_document(plan: Plan) -> dict[str, object] | None:
    """When it goes; None for at once."""
    return {"at": plan.schedule, "due": utc_text(plan.due)} if plan.schedule else None


def ab_test_document(plan: Plan) -> dict[str, object] | None:
    """How its variants are tried; None when they are not."""
    contest = plan.contest
    if contest is None:
        return None
    return {
        "test": contest.test.words,
        "sample": dict(plan.variants),
        "rest": plan.rest,
        "otherwise": contest.variants[0],
        "measured": plan.measured,
    }


def save_plan(plan: Plan, path: Path, *, made: str, shown_as: str) -> None:
    """Write the plan whole or not at all; it holds counts and digests, never an address."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(
        {"schema": 1, **document_of(plan, shown_as), "made": made}, ensure_ascii=False, indent=2
    )
    with whole_file(path) as file:
        file.write(text + "\n")


def supersede(folder: Path, issue_id: str, segment: str, *, keep: Path) -> None:
    """Put older plans of the issue to the segment out of force: the one just looked at counts.

    Which plan is the newest must not hang on a clock; and a damaged file must not be in the
    way of a new plan.
    """
    for path in folder.glob(f"{issue_id}-{segment}-*.json"):
        if path == keep:
            continue
        try:
            found = load_plan(path)
        except GuardError:
            path.unlink(missing_ok=True)
            continue
        if (found.issue_id, found.segment) == (issue_id, segment):
            path.unlink(missing_ok=True)


def load_plan(path: Path) -> SavedPlan:
    """Read a saved plan back.

    Raises:
        GuardError: the file is not a plan.
    """
    try:
        content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return SavedPlan(
            path=path,
            id=str(content["mailing"]),
            issue_id=str(content["issue"]),
            segment=str(content["segment"]),
            made=str(content["made"]),
            recipients=int(content["recipients"]),
            edition_digest=str(content["edition_digest"]),
            audience_digest=str(content["audience_digest"]),
            message_digest=str(content["message_digest"]),
            ab_test=(content.get("ab_test") or {}).get("test", ""),
            count_clicks=content.get("count_clicks") is True,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise GuardError(
            "this file is not a plan",
            place=Place(path),
            hint="make a new one: newsletter plan ISSUE --segment NAME",
        ) from error


def newest_plan(folder: Path, issue_id: str, segment: str) -> SavedPlan | None:
    """The plan of the issue to the segment that was saved last, or None."""
    found = (load_plan(path) for path in folder.glob(f"{issue_id}-{segment}-*.json"))
    fitting = (p for p in found if (p.issue_id, p.segment) == (issue_id, segment))
    return max(fitting, key=lambda p: (p.made, p.path.stat().st_mtime_ns), default=None)


def refuse_stale(saved: SavedPlan, plan: Plan) -> None:
    """Hold a send to the plan that was approved.

    Raises:
        GuardError: the issue, the list or the sender changed since.
    """
    changes = []
    if saved.count_clicks != plan.count_clicks:
        was = "counted" if saved.count_clicks else "not counted"
        now = "not" if saved.count_clicks else "counted"
        changes.append(f"its clicks were {was}, and now they are {now}")
    elif saved.edition_digest != plan.edition_digest:
        was, now = _short(saved.edition_digest), _short(plan.edition_digest)
        changes.append(f"the letter changed (digest {was} → {now})")
    if saved.ab_test != (plan.ab_test.words if plan.ab_test else ""):
        changes.append("the A/B test changed")
    elif saved.audience_digest != plan.audience_digest:
        changes.append(f"the list changed ({saved.recipients:,} → {plan.recipients:,} recipients)")
    if saved.message_digest != plan.message_digest:
        changes.append("the sender or the provider changed")
    if changes:
        raise GuardError(
            f"the plan of {saved.made} is stale: {'; '.join(changes)}. Nothing was sent.",
            place=Place(saved.path),
            hint=f"look at it again: newsletter plan {plan.issue_id} --segment {plan.segment}",
        )


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:4]
