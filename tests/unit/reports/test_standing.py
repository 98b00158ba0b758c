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
    told = "Being sent: 28 of 31 are settled, 3 put off by the provider. The next is due at "
    assert standing.words == f"{told}{moment_text(NOON + 300, NOON)}."
    whole = Standing({Status.ACCEPTED: 31}, running=True)
    assert whole.words == "Being sent: 31 of 31 are settled."
