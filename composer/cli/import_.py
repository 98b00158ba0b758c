"""`newsletter import`: turn old issues into issue.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from composer.checks.formats.json import finding_document
from composer.cli.context import Context, pass_context
from composer.cli.exits import Exit
from composer.cli.show import findings_text
from composer.errors import ComposerError, Place
from composer.model.finding import Finding, Severity
from composer.reading.importing.files import old_issues, read_old_issue, write_issue
from composer.reading.importing.imported import Imported
from composer.reading.importing.old_issue import import_issue
from composer.reading.issue_file import Vocabulary, inspect_issue
from composer.reading.site_file import find_site


@dataclass(frozen=True, slots=True)
class Brought:
    """One old issue that was written as a new one."""

    source: Path
    path: Path
    imported: Imported
    remark: str
    findings: Sequence[Finding]

    @property
    def document(self) -> dict[str, object]:
        return {
            "path": str(self.path),
            "counts": asdict(self.imported.counts),
            "left_out": [asdict(entry) for entry in self.imported.left_out],
            "remark": self.remark,
            "findings": [finding_document(finding) for finding in self.findings],
        }


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The issue's folder (default: issues/NUMBER); of many issues, the folder for theirs.",
)
@pass_context
def import_command(context: Context, file: Path, output: Path | None) -> None:
    """Turn FILE (plain text, HTML, Markdown or a saved .eml) into an issue.md, with nothing lost.

    Every word is in the issue, or in the list of what was left out and why. When FILE is a
    folder, every such file below it becomes an issue; one that cannot does not stop the others.

    \b
    Examples:
      newsletter import monitor-2625.txt
      newsletter import old.html -o issues/2019-07
      newsletter import archive/
    """
    source = context.folder / file
    if source.is_dir():
        _import_folder(context, source, output)
        return
    brought = _bring(context, source, _folder(context, output))
    context.result(_told(brought), brought.document)
    if brought.remark:
        context.say(f"Note: {brought.remark}")
    if brought.findings:
        context.say(findings_text(brought.findings))
    context.say(f"Next: newsletter preview {brought.path.parent.name} --open, and look it through")
    if any(finding.severity is Severity.ERROR for finding in brought.findings):
        raise click.exceptions.Exit(Exit.FINDINGS)


def _folder(context: Context, output: Path | None) -> Path | None:
    return context.folder / output if output else None


def _bring(
    context: Context, source: Path, folder: Path | None, *, within: Path | None = None
) -> Brought:
    """Write the old issue `source` into `folder`, or below `within` under its own name.

    Raises:
        ComposerError: it cannot be read, has no text, or there is an issue in its place already.
    """
    old = read_old_issue(source)
    imported = import_issue(old.text, kind=old.kind, today=datetime.now(UTC).astimezone().date())
    if not imported.counts.words:
        hint = "newsletter import reads plain text, HTML, Markdown and saved mails"
        raise ComposerError("there is no text to import", place=Place(source), hint=hint)
    if folder is None:
        folder = (within or find_site(context.folder) / "issues") / imported.issue_name
    path = write_issue(imported, folder, source)
    findings = inspect_issue(path, Vocabulary(fields=None, segments=frozenset())).findings
    return Brought(source, path, imported, old.remark, findings)


def _import_folder(context: Context, source: Path, output: Path | None) -> None:
    issues, others = old_issues(source)
    if not issues:
        raise ComposerError(
            f"there is no old issue in {source}", hint="they end in .txt, .html, .md or .eml"
        )
    brought: list[Brought] = []
    failed: list[tuple[Path, ComposerError]] = []
    for path in issues:
        try:
            brought.append(_bring(context, path, None, within=_folder(context, output)))
        except ComposerError as error:
            failed.append((path, error))
    lines = []
    for one in brought:
        lines.append(f"{one.source} → {_told(one)}")
        if one.remark:
            lines.append(f"  note: {one.remark}")
        lines += [f"  {line}" for line in findings_text(one.findings).splitlines()]
    lines += [f"{path} was not imported: {error.problem}" for path, error in failed]
    lines += [f"{path} was passed over: it is no text" for path in others]
    document = {
        "issues": [one.document | {"source": str(one.source)} for one in brought],
        "failed": [{"source": str(path), "message": error.problem} for path, error in failed],
        "passed_over": [str(path) for path in others],
    }
    context.result("\n".join(lines), document)
    left_out = sum(len(one.imported.left_out) for one in brought)
    context.say(
        f"{len(brought)} of {len(issues)} old issues were imported; "
        f"{left_out} lines are not in the text as they stood"
    )
    context.say("Next: look them through, then newsletter check")
    wrong = any(f.severity is Severity.ERROR for one in brought for f in one.findings)
    if failed or wrong:
        raise click.exceptions.Exit(Exit.FINDINGS)


def _told(brought: Brought) -> str:
    counts = asdict(brought.imported.counts).items()
    counted = (f"{n:,} {name if n != 1 else name.removesuffix('s')}" for name, n in counts)
    lines = [f"{brought.path} was written: {', '.join(counted)}"]
    if brought.imported.left_out:
        lines.append("Not in the text as it stood:")
    for entry in brought.imported.left_out:
        short = entry.text if len(entry.text) <= 60 else f"{entry.text[:59]}…"
        lines.append(f"  line {entry.line}: {short} — {entry.why}")
    return "\n".join(lines)
