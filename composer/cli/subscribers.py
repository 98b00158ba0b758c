"""`newsletter subscribers`: bring the list in, look at it, take people off it."""

from __future__ import annotations

import shlex
from contextlib import closing, nullcontext
from pathlib import Path

import click

from composer.audience.addresses import read_address
from composer.audience.csv_file import RowError, SubscriberFile
from composer.cli.context import Context, json_text, pass_context
from composer.cli.exits import Exit
from composer.cli.refused_rows import documents, tell_encoding, tell_refused, told_rows
from composer.cli.suppress import suppress_command
from composer.dispatch import utc_now
from composer.errors import AudienceError, GuardError
from composer.providers.outbox import letters_to
from composer.reports.people import export_rows, person_document, person_text
from composer.whole_file import whole_file

PROGRESS_EVERY = 100_000


@click.group("subscribers")
def subscribers_group() -> None:
    """Import, export and look up the list; suppress and forget people."""


@subscribers_group.command("import", short_help="Bring in a CSV file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--errors",
    "errors_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write every refused row to FILE, as line, column and reason.",
)
@pass_context
def import_command(context: Context, file: Path, errors_file: Path | None) -> None:
    """Bring in a CSV FILE: the good rows are kept, each refused row is named with its line.

    A column email (or address) is needed. status, locale, consent_source and consent_time
    are known; every other column is a field. Rows of known readers are updated; whoever is
    suppressed stays so. All good rows come in, or none if the run is cut off.

    \b
    Example:
      newsletter subscribers import subscribers.example.csv
    """
    site = context.site
    file = context.folder / file
    refused: list[RowError] = []
    read = 0

    def refuse(error: RowError) -> None:
        refused.append(error)

    def advance(rows: int) -> None:
        nonlocal read
        if (read + rows) // PROGRESS_EVERY > read // PROGRESS_EVERY:
            context.say(f"{read + rows:,} rows read")
        read += rows

    errors_file = context.folder / errors_file if errors_file else None
    if errors_file and errors_file.exists() and file.exists() and errors_file.samefile(file):
        raise click.UsageError("--errors names the list itself: name another file")
    # What cannot be written must be known before, not after.
    with (
        whole_file(errors_file) if errors_file else nullcontext() as errors,
        closing(SubscriberFile(file, site.settings.fields)) as opened,
    ):
        done = site.database.subscribers.import_file(opened, refuse, advance)
        refused.sort(key=lambda error: error.line)
        told = told_rows(file, refused)
        if errors is not None:
            errors.writelines(f"{line}\n" for line in told)
    tell_refused(context, told, how="newsletter -v, or --errors FILE, tells all")
    warnings = told_rows(file, opened.mended)
    tell_refused(context, [f"warning: {line}" for line in warnings], how="newsletter -v tells all")
    tell_encoding(context, file, done.encoding)
    context.result(
        f"{done.added:,} added, {done.updated:,} updated, {done.unchanged:,} unchanged, "
        f"{done.refused:,} refused",
        {
            "file": str(file),
            "added": done.added,
            "updated": done.updated,
            "unchanged": done.unchanged,
            "refused": done.refused,
            "encoding": done.encoding,
            "errors": documents(refused),
            "warnings": documents(opened.mended),
        },
    )
    if done.refused:
        raise click.exceptions.Exit(Exit.FINDINGS)


@subscribers_group.command("export", short_help="Write the list as CSV.")
@click.option(
    "-o",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write (default: stdout).",
)
@click.option("--segment", metavar="NAME", default="everyone", help="Only this segment.")
@pass_context
def export_command(context: Context, output: Path | None, segment: str) -> None:
    """Write the list as CSV: safe to open in a spreadsheet, and importable again.

    Whoever must not be mailed is left out: the file may be used where nobody knows of it.

    \b
    Example:
      newsletter subscribers export --segment board -o board.csv
    """
    site = context.site
    rule = site.rules[site.segment(segment)]
    fields = sorted(site.vocabulary.fields or ())
    kept_back = site.database.subscribers.count(rule).suppressed
    entries = (e for e in site.database.subscribers.matching(rule) if not e.suppressed)
    count = -1
    with whole_file(context.folder / output) if output else nullcontext() as stream:
        for row in export_rows(entries, fields):
            count += 1
            if stream is None:
                click.echo(row, nl=False)
            else:
                stream.write(row)
    left_out = f"; {kept_back:,} suppressed left out" if kept_back else ""
    context.say(f"{count:,} exported{left_out}")


@subscribers_group.command("list")
@click.option("--segment", metavar="NAME", default="everyone", help="Only this segment.")
@click.option(
    "--limit", type=click.IntRange(1, 10**9), default=50, metavar="N", help="At most so many."
)
@pass_context
def list_command(context: Context, segment: str, limit: int) -> None:
    """List subscribers, the first who came first.

    \b
    Example:
      newsletter subscribers list --segment board --limit 10
    """
    site = context.site
    rule = site.rules[site.segment(segment)]
    entries = list(site.database.subscribers.matching(rule, limit=limit))
    if context.json:
        click.echo(json_text({"subscribers": [person_document(entry) for entry in entries]}))
        return
    for entry in entries:
        name = f"  {entry.subscriber.display_name}" if entry.subscriber.display_name else ""
        state = "" if entry.subscriber.confirmed else "  (unconfirmed)"
        state = f"  (suppressed: {entry.suppressed})" if entry.suppressed else state
        click.echo(f"{entry.subscriber.address}{name}{state}")
    total = site.database.subscribers.count(rule).matched
    if total > len(entries):
        context.say(f"{len(entries):,} of {total:,}; --limit shows more")


@subscribers_group.command("show", short_help="Show what is known of ADDRESS.")
@click.argument("address")
@pass_context
def show_command(context: Context, address: str) -> None:
    """Show what is known of ADDRESS: fields, consent, suppression and segments.

    \b
    Example:
      newsletter subscribers show ana@example.org
    """
    site = context.site
    people = site.database.subscribers
    entry = people.find(read_address(address))
    if entry is None:
        suppressed = people.suppression(read_address(address))
        if suppressed is None:
            raise AudienceError(f"{address} is not on the list")
        reason, since = suppressed
        context.result(
            f"{address} is not on the list, and must not be mailed: {reason} ({since})",
            {"address": address, "suppressed": reason, "suppressed_since": since},
        )
        return
    among = [name for name in site.rules if name != "everyone"]
    candidate = site.database.audience.reader(entry.subscriber.address, issue_id="", among=among)
    segments = sorted(candidate.segments) if candidate else []
    context.result(person_text(entry, segments), {**person_document(entry), "segments": segments})


subscribers_group.add_command(suppress_command)


@subscribers_group.command("forget", short_help="Remove every trace of ADDRESS.")
@click.argument("address")
@click.option("--outbox", is_flag=True, help="Delete the letters to it in the outbox, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_context
def forget_command(context: Context, address: str, *, outbox: bool, yes: bool) -> None:
    """Remove every trace of ADDRESS but a salted hash, which keeps it from being mailed again.

    Deliveries stay in the books without address, name and values. Letters in the outbox hold
    address and name: you are told of them. It cannot be undone.

    \b
    Example:
      newsletter subscribers forget ana@example.org
    """
    mailbox = read_address(address)
    if not yes:
        if not context.interactive:
            raise GuardError("not confirmed: nothing was forgotten", hint="--yes confirms it")
        answer = click.prompt(f"Type {mailbox} to forget it for good", err=True)
        if answer.strip() != str(mailbox):
            raise GuardError("not confirmed: nothing was forgotten")
    known = context.site.database.subscribers.forget(mailbox, since=utc_now())
    folder = context.site.state / "outbox"
    letters = letters_to(folder, mailbox)
    if outbox:
        for letter in letters:
            letter.unlink(missing_ok=True)
    text = f"{mailbox} is forgotten." if known else f"{mailbox} was not known; it stays unmailed."
    if outbox and letters:
        text += f" {_letters(len(letters))} deleted from the outbox."
    left = [] if outbox else [context.site.shown(letter) for letter in letters]
    context.result(
        text,
        {
            "forgotten": True,
            "known": known,
            "outbox_deleted": len(letters) - len(left),
            "outbox_left": left,
        },
    )
    if left:
        click.echo(
            f"warning: {_letters(len(left))} still in the outbox, with address and name: "
            f"{context.site.shown(folder)}\n"
            f"  hint: newsletter subscribers forget {shlex.quote(str(mailbox))} --outbox "
            "deletes them",
            err=True,
        )


def _letters(count: int) -> str:
    return "1 letter is" if count == 1 else f"{count:,} letters are"
