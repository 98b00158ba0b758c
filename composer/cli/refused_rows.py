"""Rows of a file that were refused, as a command tells them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from composer.audience.csv_file import RowError
from composer.cli.context import Context

TOLD_ERRORS = 50


def told_rows(file: Path, refused: Iterable[RowError]) -> list[str]:
    """A line for each, with its place."""
    return [
        f"{file}:{error.line}: {f'{error.column}: ' if error.column else ''}{error.reason}"
        for error in refused
    ]


def tell_refused(context: Context, told: Sequence[str], *, how: str) -> None:
    """The first refused rows, or all of them with `-v`; `how` says how to see them all."""
    shown = told if context.verbose else told[:TOLD_ERRORS]
    for line in shown:
        click.echo(line, err=True)
    if len(told) > len(shown):
        click.echo(f"… and {len(told) - len(shown):,} more rows ({how})", err=True)


def tell_encoding(context: Context, file: Path, encoding: str) -> None:
    """Where letters may have been read wrong."""
    if encoding == "cp1252":
        context.say(f"{file} is not UTF-8: it was read as Windows-1252. Look at the accents.")


def documents(refused: Iterable[RowError]) -> list[dict[str, object]]:
    """As JSON has them."""
    return [{"line": e.line, "column": e.column, "reason": e.reason} for e in refused]
