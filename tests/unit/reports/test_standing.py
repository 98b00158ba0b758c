"""Where a mailing stands, in words."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from composer.model.delivery import Status
from composer.reports.moments import moment_text
from composer.reports.standing import Standing
from composer.sending.terms import Waiting, Why

NOON = 1_795_003_200.0


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_berlin")
def test_a_moment_has_its_zone() -> None:
    assert moment_text(NOON + 300, NOON).endswith(" CET")
    assert moment_text(NOON + 86_400, NOON).endswith(" CET")
    assert ", " in moment_text(NOON + 86_400, NOON)


@pytest.mark.usefixtures("in_berlin")
def test_what_was_put_off_is_not_settled() -> None:
    counts = {Status.ACCEPTED: 27, Status.REFUSED: 1, Status.DEFERRED: 3}
    later = Waiting(NOON + 300, Why.LATER)
    standing = Standing(counts, running=True, waiting=later, now=NOON)

    assert standing.settled == 28
    told = "Being sent: 27 of 31 were accepted, 1 refused for good, 3 put off by the provider. "
    told += "The next is due at "
    assert standing.words == f"{told}{moment_text(NOON + 300, NOON)}."
    whole = Standing({Status.ACCEPTED: 31}, running=True)
    assert whole.words == "Being sent: all 31 messages were accepted."


def test_what_was_never_answered_is_not_counted_as_done() -> None:
    counts = {Status.ACCEPTED: 263, Status.UNKNOWN: 32, Status.ATTEMPTING: 5}

    words = Standing(counts, running=True).words

    assert words == (
        "Being sent: 263 of 300 were accepted, 32 never answered, 5 being handed over."
    )


def test_what_was_put_off_and_is_due_was_interrupted_by_nobody() -> None:
    due = Standing({Status.ACCEPTED: 9, Status.DEFERRED: 1}, now=NOON)
    stopped = Standing({Status.ACCEPTED: 8, Status.DEFERRED: 1, Status.PLANNED: 1}, now=NOON)

    assert (due.head, stopped.head) == ("Not finished", "Interrupted")
    assert due.words.startswith("Not finished: 9 of 10 were accepted")
