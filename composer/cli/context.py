"""What every command is given: the global options, and the site opened when first asked for."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import click

from composer.site import Site


@dataclass
class Context:
    """`folder` is where `-C` points (or the current folder); the site may be a parent of it."""

    folder: Path
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_input: bool = False
    form: str = ""  #: in which form for machines results and errors are told; "" is for people
    output: Path | None = None  #: the file that they are written to, stdout when None
    also: tuple[Path, ...] = ()  #: more files of them, each in the form that its name ends in
    known: dict[str, object] = field(default_factory=dict)  #: told beside an error with `--json`

    def __post_init__(self) -> None:
        self.form = "json" if self.json else self.form

    @cached_property
    def site(self) -> Site:
        """The opened site.

        Raises:
            SourceError: `newsletter.toml` has mistakes.
            ConfigError: there is no site here.
        """
        return Site.find(self.folder, os.environ)

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        return not self.no_input and sys.stdin.isatty() and sys.stderr.isatty()

    def say(self, text: str = "") -> None:
        """Tell people what goes on: stderr, nothing with `--quiet`."""
        if not self.quiet:
            with suppress(BrokenPipeError):  # nobody listens; what is being done goes on
                click.echo(text, err=True)

    def result(self, text: str, document: Mapping[str, object]) -> None:
        """Print a command's result: `text` for people, or `document` with `--json`."""
        click.echo(json_text(document) if self.json else text)

    def so_far(self, text: str, document: Mapping[str, object]) -> None:
        """Tell what is known before a guard says no: with `--json`, in the error's document."""
        if self.json:
            self.known.update(document)
        else:
            click.echo(text)


def json_text(document: Mapping[str, object]) -> str:
    """One document with `"schema": 1` in front."""
    return json.dumps({"schema": 1, **document}, ensure_ascii=False, indent=2)


pass_context = click.make_pass_decorator(Context)
