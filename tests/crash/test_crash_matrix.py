"""Killed with SIGKILL at moments all over a mailing, for each provider, on both databases.

`make crash` does the same at every moment.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.matrix import PROVIDERS, Sites, killed_at, moments_of
from tests.crash.senders import Senders, senders

MOMENTS = 4


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
    assert count > 100
    chosen = random.Random(count)  # noqa: S311 - moments, no secrets
    step = count / MOMENTS
    for nth in range(MOMENTS):
        moment = int(nth * step + chosen.random() * step) + 1
        told = killed_at(sites, forking, provider, moment)
        assert told.sound, told
