"""How far a run is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import click

from composer.cli.context import Context

_LINE_EVERY_S = 5.0


@contextmanager
def progress(context: Context, total: int, label: str) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how many deliveries were settled."""
    if context.quiet or not total:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar(total, label) as advance:
            yield advance
    else:
        yield _lines(context, total, label)


def _lines(context: Context, total: int, label: str) -> Callable[[int], None]:
    started_s = told_s = time.monotonic()
    done = 0

    def advance(count: int) -> None:
        nonlocal done, told_s
        done += count
        now_s = time.monotonic()
        if now_s - told_s >= _LINE_EVERY_S and done < total:
            told_s = now_s
            rate = done / (now_s - started_s)
            left_s = (total - done) / rate if rate else 0.0
            context.say(
                f"{label} {done:,}/{total:,} ({done * 100 // total} %) · {pace(rate)} · "
                f"{clock(left_s)} left"
            )

    return advance


@contextmanager
def _bar(total: int, label: str) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    ctx = click.get_current_context(silent=True)
    plain = ctx is not None and ctx.color is False
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    started_s = time.monotonic()
    with Progress(*columns, console=Console(stderr=True, no_color=plain)) as bar:
        task = bar.add_task(label, total=total, rate="")
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            passed_s = time.monotonic() - started_s
            with suppress(OSError):  # a terminal that went away stops no mailing
                bar.update(task, completed=done, rate=pace(done / max(passed_s, 0.001)))

        yield advance


def pace(rate: float) -> str:
    """`1,204/s`; `0.4/s`, which is not nothing."""
    return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"


def clock(seconds: float) -> str:
    """`2:11` or `1:04:09`."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
