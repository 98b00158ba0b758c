"""`newsletter subscribers suppress`: never mail an address again, or a whole file of them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from composer.audience.address_file import AddressFile
from composer.audience.addresses import read_address
from composer.audience.csv_file import RowError
from composer.cli.context import Context, pass_context
from composer.cli.exits import Exit
from composer.cli.refused_rows import documents, tell_encoding, tell_refused, told_rows
from composer.dispatch import utc_now
from composer.model.address import Address
from composer.storage.subscribers import REASONS


@click.command("suppress", short_help="Never mail ADDRESS again, or a file of them.")
@click.argument("address", required=False)
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Every address of FILE: one in each line, or a CSV file with a column email.",
)
@click.option(
    "--reason", type=click.Choice(REASONS), help="Why; with --file, manual when it is not given."
)
@pass_context
def suppress_command(
    context: Context, address: str | None, file: Path | None, reason: str | None
) -> None:
    """Never mail ADDRESS again, whether it is on the list or not. An import cannot undo it.

    With --file, everybody in FILE: such as those who left while you used another tool. Good
    rows count, each refused row is named with its line; running it again changes nothing.

    \b
    Examples:
      newsletter subscribers suppress ana@example.org --reason unsubscribed
      newsletter subscribers suppress --file unsubscribed.csv --reason unsubscribed
    """
    if (address is None) == (file is None):
        raise click.UsageError("name an address, or a file of them with --file")
    if file is not None:
        _suppress_file(context, context.folder / file, reason or "manual")
    elif reason is None:
        raise click.UsageError(f"--reason is missing: one of {', '.join(REASONS)}")
    else:
        _suppress_one(context, read_address(address or ""), reason)


def _suppress_one(context: Context, mailbox: Address, reason: str) -> None:
    people = context.site.database.subscribers
    new = people.suppress(mailbox, reason, since=utc_now())
    kept, since = people.suppression(mailbox) or (reason, "")
    text = "will not be mailed again" if new else f"was suppressed already, since {since}"
    context.result(
        f"{mailbox} {text} ({kept}).",
        {"address": str(mailbox), "suppressed": kept, "suppressed_since": since, "new": new},
    )


def _suppress_file(context: Context, file: Path, reason: str) -> None:
    people = context.site.database.subscribers
    refused: list[RowError] = []
    found: dict[str, Address] = {}
    with closing(AddressFile(file)) as opened:
        for row in opened.rows():
            if isinstance(row, RowError):
                refused.append(row)
            else:
                found.setdefault(row[1].key, row[1])
    new = people.suppress_all(tuple(found.values()), reason, since=utc_now())
    tell_refused(context, told_rows(file, refused), how="newsletter -v tells all")
    tell_encoding(context, file, opened.encoding)
    already = len(found) - new
    context.result(
        f"{new:,} will not be mailed again ({reason}), {already:,} were suppressed already, "
        f"{len(refused):,} refused",
        {
            "file": str(file),
            "suppressed": reason,
            "new": new,
            "already": already,
            "refused": len(refused),
            "errors": documents(refused),
        },
    )
    if refused:
        raise click.exceptions.Exit(Exit.FINDINGS)
