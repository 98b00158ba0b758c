"""The command line: global options, and commands that are imported only when they are called."""

from __future__ import annotations

import difflib
import errno
import importlib
import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from composer.cli.exits import Exit, exit_for
from composer.errors import ComposerError, GuardError, SourceError
from composer.refused_files import hint_of

#: name → (module below composer.cli, attribute, one line of help), in the order people meet them.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": ("init", "init_command", "Start a site in a folder."),
    "new": ("new", "new_command", "Start an issue."),
    "import": ("import_", "import_command", "Turn an old issue into issue.md."),
    "preview": ("preview", "preview_command", "See the letter while you write it."),
    "check": ("check", "check_command", "Find mistakes before a reader does."),
    "rules": ("rules", "rules_command", "Say what the checks look for, and why."),
    "schema": ("schema", "schema_command", "Print JSON Schemas for editors."),
    "templates": ("templates", "templates_group", "List the templates; copy one to change it."),
    "render": ("render", "render_command", "Write the message as files to look at."),
    "snapshot": ("snapshot", "snapshot_command", "Compare issues with what was approved."),
    "diff": ("diff", "diff_command", "Tell what readers would notice since a revision."),
    "subscribers": ("subscribers", "subscribers_group", "Import, export and look up the list."),
    "segments": ("segments", "segments_command", "Count segments; say why somebody is in."),
    "plan": ("plan", "plan_command", "Say who would get an issue, and who not and why."),
    "test": ("test", "test_command", "Send one real message to yourself."),
    "send": ("send", "send_command", "Send an issue to a segment, or rehearse it."),
    "dkim": ("dkim", "dkim_group", "Make keys that sign messages sent through SMTP."),
    "run-due": ("run_due", "run_due_command", "Send what was scheduled and is due now."),
    "decide": ("decide", "decide_command", "End an A/B test by hand."),
    "status": ("status", "status_command", "Show where a mailing stands."),
    "resume": ("resume", "resume_command", "Go on with a mailing that was interrupted or paused."),
    "pause": ("pause", "pause_command", "Stop a mailing until somebody resumes it."),
    "cancel": ("cancel", "cancel_command", "End a mailing: whoever is left gets it no more."),
    "resolve": ("resolve", "resolve_command", "Settle deliveries whose outcome is unknown."),
    "bounces": ("bounces", "bounces_command", "Read the mail that comes back."),
    "events": ("events", "events_group", "Apply what providers told through webhooks."),
    "archive": ("archive", "archive_group", "Publish the issues that anybody may read."),
    "report": ("report", "report_command", "Balance the books of a mailing."),
    "outgoing": ("outgoing", "outgoing_command", "Tell others what happened."),
    "doctor": ("doctor", "doctor_command", "Say whether this site is fit to send."),
    "worker": ("worker", "worker_command", "Deliver what was handed to workers, and what is due."),
    "serve": ("serve", "serve_command", "Serve the readers' pages, and take webhooks."),
}

#: Global options that may stand behind the command too.
ANYWHERE = frozenset({"--json", "-q", "--quiet", "-v", "--verbose", "--no-input"})

#: A longer text in a message hides what it says.
_MOST_CHARS = 300

#: Where the words of the command line are kept for what goes wrong before they are understood.
WORDS = "composer.words"

NEXT_STEPS = """\
Usual next steps:
  newsletter init                              start a site here
  newsletter check                             find mistakes
  newsletter render ISSUE                      look at an issue as mail
  newsletter plan ISSUE --segment everyone     who would get it
  newsletter send ISSUE --segment everyone --dry-run

newsletter --help lists every command."""


class LazyGroup(click.Group):
    """Imports a command's module when the command is called, not for `--help`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(f"composer.cli.{module}"), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is ours
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry[2]) for name, entry in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def main(self, args: Sequence[str] | None = None, *rest: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("prog_name", "newsletter")
        return super().main(hoisted(sys.argv[1:] if args is None else args), *rest, **kwargs)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words = tuple(args)
        try:
            ctx.meta[WORDS] = words
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            _tell_usage(words, error)
            raise

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            _tell_usage(ctx.meta[WORDS], error)
            raise
        except ComposerError as error:
            _report(ctx, error, _exit_of(error))
        except KeyboardInterrupt:
            hint = "nothing is left half done: run the same command again"
            _report(ctx, ComposerError("interrupted", hint=hint), Exit.INTERRUPTED)
        except click.Abort:  # Ctrl-C, or the end of the input, where something was asked
            _report(ctx, GuardError("not confirmed: nothing was done"), Exit.GUARD)
        except BrokenPipeError:
            # `newsletter … | head`: the reader has what it wanted.
            close_stdout()
            ctx.exit(Exit.DONE)
        except (OSError, sqlite3.Error) as error:
            # Where the name itself cannot be, nothing of the system is at fault.
            typed = getattr(error, "errno", None) in (errno.ENAMETOOLONG, errno.ELOOP)
            _report(ctx, _translated(error), Exit.USAGE if typed else Exit.CONFIG)


def hoisted(words: Sequence[str]) -> list[str]:
    """Global options that stand behind the command, moved before it: `plan … --json`."""
    end = words.index("--") if "--" in words else len(words)
    front = [word for word in words[:end] if word in ANYWHERE]
    return [*front, *(word for word in words[:end] if word not in ANYWHERE), *words[end:]]


def close_stdout() -> None:
    """Nobody reads any more: what is still to be written goes nowhere, without a complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _exit_of(error: ComposerError) -> int:
    if isinstance(error, SourceError):
        codes = [str(getattr(finding, "code", "")) for finding in error.findings]
        return Exit.CONFIG if any(code.startswith("config/") for code in codes) else Exit.FINDINGS
    return exit_for(error)


def _translated(error: OSError | sqlite3.Error) -> ComposerError:
    if not isinstance(error, OSError):
        return ComposerError(str(error))
    name, reason = error.filename, error.strerror or str(error)
    told = str(name) if len(str(name)) <= _MOST_CHARS else f"{str(name)[:_MOST_CHARS]}…"
    return ComposerError(f"{told}: {reason}" if name else reason, hint=hint_of(error))


def _report(ctx: click.Context, error: ComposerError, code: int) -> NoReturn:
    """One readable error on stderr; where a machine reads, also its documents."""
    lines = str(error).splitlines() or [type(error).__name__]
    for number, line in enumerate(lines):
        if number == 0 and not isinstance(error, SourceError):
            click.echo(click.style("error: ", fg="red", bold=True) + line, err=True)
        else:
            click.echo(line, err=True)
    if ctx.obj and (ctx.obj.form or ctx.obj.also):
        from composer.cli.forms import tell_error

        tell_error(ctx.obj, error, code)
    ctx.exit(code)


def _tell_usage(words: Sequence[str], error: click.UsageError) -> None:
    """A script that asked for a document gets one, even if it asked wrongly."""
    from composer.checks.formats.checked import Checked, Trouble
    from composer.cli.forms import emit, form_of, written

    if form := form_of(words):
        path = error.ctx.command_path if error.ctx else "newsletter"
        trouble = Trouble(error.format_message(), f"{path} --help")
        emit(written(Checked(trouble=trouble, exit_code=Exit.USAGE), form))


def _color(choice: str) -> bool | None:
    """click.secho ignores NO_COLOR on a terminal, so we decide for it."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(version("newsletter-composer"))
        ctx.exit()


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "-C",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="DIR",
    help="Work as if started in DIR.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong.")
@click.option("-v", "--verbose", is_flag=True, help="Say more.")
@click.option("--no-input", is_flag=True, help="Never ask; what needs an answer is refused.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colour the output; NO_COLOR and FORCE_COLOR are honoured.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Print the version.",
)
@click.pass_context
def main(
    ctx: click.Context,
    folder: Path,
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    no_input: bool,
    color: str,
) -> None:
    """Compose a newsletter issue, check it, and deliver it to its readers.

    An issue is Markdown in issues/NAME/issue.md; the site is described by newsletter.toml.
    """
    ctx.color = _color(color)
    if ctx.invoked_subcommand is None:
        click.echo(NEXT_STEPS)
        return
    from composer.cli.context import Context

    if not folder.is_dir():
        raise click.BadParameter(f"there is no folder {folder}", param_hint="-C")
    ctx.obj = Context(folder=folder, json=as_json, quiet=quiet, verbose=verbose, no_input=no_input)


def commands() -> Iterator[tuple[Sequence[str], click.Command]]:
    """Every command with its path of names: for the reference and its test."""
    ctx = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(ctx, name)
        assert command is not None  # noqa: S101 - the table above is ours
        yield (name,), command
        if isinstance(command, click.Group):
            for child in command.commands:
                yield (name, child), command.commands[child]
