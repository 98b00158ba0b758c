"""The options that were given to a command, as its next step has to repeat them."""

from __future__ import annotations

import re

import click
from click.core import ParameterSource

#: `plan` and `send` mean the same by them, and a plan that was made with them is held to them.
OF_PLANS = ("kind", "rate", "at", "ab_test", "count_clicks")
#: And what `send` alone has.
OF_SENDING = (*OF_PLANS, "wait", "processes", "queue")

_ONE_WORD = re.compile(r"[A-Za-z0-9_.,:/+@-]+")


def options_again(names: tuple[str, ...]) -> str:
    """Those of `names` that this command was given, each with a blank before it."""
    ctx = click.get_current_context()
    said = ""
    for option in ctx.command.params:
        name = option.name or ""
        if name not in names or ctx.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        value = ctx.params[name]
        if isinstance(value, bool):
            said += f" {(option.opts if value else option.secondary_opts)[0]}"
        else:
            word = str(value)
            said += f" {option.opts[0]} " + (word if _ONE_WORD.fullmatch(word) else f'"{word}"')
    return said
