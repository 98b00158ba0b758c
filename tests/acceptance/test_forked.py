"""A command that is forked says and does what one in an interpreter of its own does.

So that other tests may ask for the quicker one.
"""

from __future__ import annotations

import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.acceptance.conftest import ISSUE, SiteFolder
from tests.servers.forked import Forked


@contextmanager
def new(site: SiteFolder, *words: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(  # noqa: S603 - our own command
        site.command(*words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=site.environment(),
    ) as process:
        yield process


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("check", "--format", "github"), 1),
        (("send", "2026-014", "--segment", "everyone"), 3),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else value[0],
)
def test_it_says_the_same_and_ends_with_the_same_code(
    site: SiteFolder, words: tuple[str, ...], code: int
) -> None:
    site.write("issues/2026-014/issue.md", f"{ISSUE}\n[Old](http://old.example.org/ü)\n")
    site.write("issues/wrong/issue.md", "no front matter\n")
    with new(site, *words) as process:
        said = process.communicate(timeout=60)
    forked = site.start(*words)

    assert forked.communicate(timeout=60) == said
    assert forked.returncode == process.returncode == code
    assert said != ("", "")


def test_it_hears_a_signal_and_ends_in_order(site: SiteFolder) -> None:
    def ended(process: subprocess.Popen[str] | Forked) -> tuple[int | None, str, str]:
        wait_for_it(process)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    with new(site, "worker") as process:
        expected = ended(process)

    assert ended(site.start("worker")) == expected
    assert expected[0] == 0


def test_it_can_be_killed(site: SiteFolder) -> None:
    process = site.start("worker")
    wait_for_it(process)

    process.kill()

    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL


def wait_for_it(process: subprocess.Popen[str] | Forked) -> None:
    assert process.stderr is not None
    assert "Waiting for what is due" in process.stderr.readline()
    assert process.poll() is None


def test_what_it_may_not_have_it_does_not_get(site: SiteFolder) -> None:
    limited = site.start("worker", limits=((resource.RLIMIT_CPU, 0),))

    limited.communicate(timeout=60)

    assert limited.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
