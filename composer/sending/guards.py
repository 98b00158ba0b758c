"""What stops a send before anything leaves."""

from __future__ import annotations

from composer.checks.clipping import GMAIL_CLIP_BYTES, html_bytes
from composer.errors import GuardError
from composer.model.clicks import PATH, TOKEN_CHARS, targets_of
from composer.model.edition import Edition
from composer.model.mailing import HAS_ISSUE, Letterhead, Plan
from composer.sending.provider import Provider

#: What stands around one value that a provider is to put in: its tag, quotes, colon and comma.
_AROUND_A_LINK = 30


def refuse_errors(plan: Plan) -> None:
    """Raises GuardError when the checks found errors."""
    if plan.errors:
        errors = "an error" if plan.errors == 1 else f"{plan.errors} errors"
        raise GuardError(
            f"the checks found {errors}; nothing was sent",
            hint="each is told above, with its place",
        )


def refuse_nobody(plan: Plan) -> None:
    """Raises GuardError when there is nobody left to send to."""
    if plan.recipients:
        return
    have = plan.excluded.get(HAS_ISSUE, 0)
    if have:
        people = "its one reader has" if have == 1 else f"all {have:,} readers have"
        raise GuardError(
            f"{plan.issue_id} was already sent to {plan.segment!r}: {people} it, or may have it. "
            "Nothing was sent.",
            hint="newsletter report tells what became of it, and what is unknown",
        )
    raise GuardError(
        f"nobody in {plan.segment!r} may be mailed ({plan.matched:,} matched). Nothing was sent.",
        hint=f"newsletter segments {plan.segment}",
    )


def refuse_heavy_links(edition: Edition, letterhead: Letterhead, provider: Provider) -> None:
    """Raises GuardError when the counted links alone are more than a call may hold of a reader."""
    most = provider.capabilities.merge_bytes
    count = len(targets_of(edition))
    each = len(letterhead.base_url) + len(PATH) + TOKEN_CHARS + _AROUND_A_LINK
    if most is None or count * each <= most:
        return
    raise GuardError(
        f"the {count:,} counted links of {edition.key} are {count * each:,} bytes for each reader; "
        f"{provider.name} takes {most:,}. Nothing was sent.",
        hint=f"--no-count-clicks, another provider, or at most {most // each:,} different links",
    )


def refuse_clipped(edition: Edition, uncounted: Edition) -> None:
    """Raises GuardError when only the counting of links makes the HTML longer than Gmail shows."""
    size = html_bytes(edition)
    if size > GMAIL_CLIP_BYTES >= html_bytes(uncounted):
        raise GuardError(
            f"with its links counted, the HTML of {edition.key} is {size:,} bytes; Gmail cuts at "
            f"{GMAIL_CLIP_BYTES:,}, and with it the link to leave by. Nothing was sent.",
            hint="--no-count-clicks, or a shorter issue",
        )


def phrase(plan: Plan) -> str:
    """What a person types to confirm: the segment and the number of recipients.

    An audience much larger than the segment's last one needs one word more.
    """
    return f"{plan.segment} {plan.recipients}{' larger' if plan.grown_from else ''}"


def growth_text(plan: Plan) -> str:
    """How much larger the audience is than the last one; empty when that is nothing unusual."""
    if not plan.grown_from:
        return ""
    times = plan.recipients / plan.grown_from
    return (
        f"{times:,.1f} times as many as the last mailing to {plan.segment!r} ({plan.grown_from:,})"
    )


def seen_of(plan: Plan) -> str:
    """What stands for this very plan: what is sent must be what was looked at."""
    return " ".join((plan.edition_digest, plan.audience_digest, plan.message_digest))


def refuse_unseen(plan: Plan, seen: str) -> None:
    """Raises GuardError unless `seen` is what `seen_of` said of the plan that was looked at."""
    parts = ("the letter", "the list", "the sender or the provider")
    was, now = seen.split(), seen_of(plan).split()
    if len(was) != len(now):
        raise GuardError("no plan was looked at: nothing was sent", hint="look at the plan first")
    changed = [part for part, old, new in zip(parts, was, now, strict=True) if old != new]
    if changed:
        raise GuardError(
            f"{' and '.join(changed)} changed since the plan was looked at. Nothing was sent.",
            hint="look at it again, as it is now",
        )


def refuse_unconfirmed(plan: Plan, answer: str | None) -> None:
    """Raises GuardError unless `answer` is the plan's phrase."""
    if answer is None:
        grown = growth_text(plan)
        raise GuardError(
            f"not confirmed{f', and {plan.recipients:,} are {grown}' if grown else ''}: "
            "nothing was sent",
            hint=f'--confirm "{phrase(plan)}" confirms it without a terminal',
        )
    if answer.split() != phrase(plan).split():
        given = answer.strip()
        raise GuardError(
            f"{given!r} does not confirm this plan ({phrase(plan)!r} does). Nothing was sent.",
            hint=f"{plan.recipients:,} recipients are {growth_text(plan)}"
            if plan.grown_from
            else "look at the plan again: the audience may have changed",
        )
