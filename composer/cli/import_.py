"""`newsletter import`: turn an old issue into issue.md."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from composer.cli.context import Context, pass_context
from composer.cli.exits import Exit
from composer.cli.show import finding_document, findings_text
from composer.errors import ComposerError, Place
from composer.model.finding import Severity
from composer.reading.importing.files import read_old_issue, write_issue
from composer.reading.importing.imported import Imported
from composer.reading.importing.old_issue import import_issue
from composer.reading.issue_file import Vocabulary, inspect_issue
from composer.reading.site_file import find_site


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The issue's folder (default: issues/NUMBER).",
)
@pass_context
def import_command(context: Context, file: Path, output: Path | None) -> None:
    """Turn FILE (plain text, HTML or Markdown) into an issue.md, with nothing lost.

    Every word is in the issue, or in the list of what was left out and why.

    \b
    Examples:
      newsletter import monitor-2625.txt
      newsletter import old.html -o issues/2019-07
    """
    source = context.folder / file
    old = read_old_issue(source)
    imported = import_issue(old.text, kind=old.kind, today=datetime.now(UTC).astimezone().date())
    if not imported.counts.words:
        raise ComposerError("there is no text to import", place=Place(source))
    if output is None:
        folder = find_site(context.folder) / "issues" / imported.issue_name
    else:
        folder = context.folder / output
    path = write_issue(imported, folder, source)
    findings = inspect_issue(path, Vocabulary(fields=None, segments=frozenset())).findings
    document = {
        "path": str(path),
        "counts": asdict(imported.counts),
        "left_out": [asdict(entry) for entry in imported.left_out],
        "remark": old.remark,
        "findings": [finding_document(finding) for finding in findings],
    }
    context.result(_told(imported, path), document)
    if old.remark:
        context.say(f"Note: {old.remark}")
    if findings:
        context.say(findings_text(findings))
    context.say(f"Next: look it through, then newsletter check {folder.name}")
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise click.exceptions.Exit(Exit.FINDINGS)


def _told(imported: Imported, path: Path) -> str:
    counts = asdict(imported.counts).items()
    counted = (f"{n:,} {name if n != 1 else name.removesuffix('s')}" for name, n in counts)
    lines = [f"{path} was written: {', '.join(counted)}"]
    if imported.left_out:
        lines.append("Not in the text as it stood:")
    for entry in imported.left_out:
        short = entry.text if len(entry.text) <= 60 else f"{entry.text[:59]}…"
        lines.append(f"  line {entry.line}: {short} — {entry.why}")
    return "\n".join(lines)
