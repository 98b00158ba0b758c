"""Killed with SIGKILL at moments all over a mailing, for each provider, on both databases.

`make crash` does the same at every moment.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.faults import (
    FAULTS,
    Fault,
    after,
    asked_to_stop,
    two_at_once,
    with_a_jumping_clock,
)
from tests.crash.matrix import PROVIDERS, Sites, Told, killed_at, moments_of
from tests.crash.senders import Senders, senders

MOMENTS = 4
STEP_MOMENTS = 3


@pytest.fixture(scope="module")
def forking() -> Iterator[Senders]:
    with senders() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def sites(request: pytest.FixtureRequest, tmp_path: Path) -> Sites:
    own = None if request.param == "sqlite" else request.getfixturevalue("databases")
    return Sites(tmp_path, own)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_sender_that_dies_at_any_moment_loses_nobody_and_mails_nobody_twice(
    sites: Sites, forking: Senders, provider: str
) -> None:
    count = moments_of(sites, forking, provider)
    assert count > 50
    chosen = random.Random(count)  # noqa: S311 - moments, no secrets
    step = count / MOMENTS
    for nth in range(MOMENTS):
        moment = int(nth * step + chosen.random() * step) + 1
        told = killed_at(sites, forking, provider, moment)
        assert told.sound, told


def test_one_of_three_that_deliver_together_dies(sites: Sites, forking: Senders) -> None:
    count = moments_of(sites, forking, "smtp", workers=3)
    for nth in range(STEP_MOMENTS):
        told = killed_at(sites, forking, "smtp", count * nth // STEP_MOMENTS + 7, workers=3)
        assert told.sound, told


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.provider}: {fault.name}")
def test_what_goes_wrong_on_the_other_side(fault: Fault, tmp_path: Path, forking: Senders) -> None:
    told = after(fault, Sites(tmp_path), forking)
    assert (told.lost, told.doubled, told.balanced) == (0, 0, True), told
    assert told.unknown <= fault.unknown


@pytest.mark.parametrize("work", [two_at_once, asked_to_stop, with_a_jumping_clock])
def test_what_goes_wrong_around_the_sender(
    work: Callable[[Sites, Senders], Told], sites: Sites, forking: Senders
) -> None:
    told = work(sites, forking)
    assert (told.lost, told.doubled, told.unknown, told.balanced) == (0, 0, 0, True), told
