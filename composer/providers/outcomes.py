"""Outcomes as the adapters speak of them, and what a half-done call may still raise."""

from __future__ import annotations

from collections.abc import Iterable

from composer.errors import ComposerError
from composer.model.delivery import Delivery
from composer.providers.reasons import plain_reason
from composer.sending.provider import Answer, Batch, Outcome


def accepted(delivery: Delivery, provider_id: str = "") -> Outcome:
    return Outcome(delivery.id, Answer.ACCEPTED, provider_id=plain_reason(provider_id))


def refused(delivery: Delivery, reason: str, *, gone: bool = False) -> Outcome:
    return Outcome(delivery.id, Answer.REFUSED, reason=plain_reason(reason), gone=gone)


def deferred(delivery: Delivery, reason: str, retry_after_s: float | None = None) -> Outcome:
    return Outcome(
        delivery.id, Answer.DEFERRED, reason=plain_reason(reason), retry_after_s=retry_after_s
    )


def unknown(delivery: Delivery, reason: str) -> Outcome:
    return Outcome(delivery.id, Answer.UNKNOWN, reason=plain_reason(reason))


def left(delivery: Delivery) -> Outcome:
    return Outcome(delivery.id, Answer.LEFT)


def nothing_taken(outcomes: Iterable[Outcome]) -> bool:
    """Whether the call may still be given up with an error.

    An error gives the whole batch back as if it had never been tried, so it must not hide
    that somebody was taken, refused, or may have been taken.
    """
    return all(outcome.answer is Answer.DEFERRED for outcome in outcomes)


def written(batch: Batch, delivery: Delivery) -> list[bytes] | Outcome:
    """The message of one delivery, or the refusal of one that cannot be written.

    The values of a mailing are frozen: another try would fail in the same way.
    """
    try:
        return batch.message.chunks(delivery, batch.at)
    except ComposerError as error:
        return not_written(delivery, error)


def not_written(delivery: Delivery, error: ComposerError) -> Outcome:
    return refused(delivery, f"the message could not be written: {error.problem}")
