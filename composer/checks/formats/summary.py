"""The table of a job's summary, in GitHub's Markdown."""

from __future__ import annotations

import re

from composer.checks.formats.checked import Checked, counted, quoted, tally
from composer.model.finding import Finding, Severity

#: GitHub refuses a summary of more than 1 MiB; nobody reads so many rows either.
MAX_ROWS = 200
_SIGNS = {Severity.ERROR: "❌ error", Severity.WARNING: "⚠️ warning"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~@&-])")


def summary_text(checked: Checked, *, links: str = "") -> str:
    """A heading with the counts, and a row for each finding.

    `links` is the address below which the repository's files are shown, if there is one:
    `https://github.com/OWNER/NAME/blob/COMMIT`.
    """
    if checked.trouble:
        told = _plain(checked.trouble.message)
        hint = f"\n\nhint: {_plain(checked.trouble.hint)}" if checked.trouble.hint else ""
        return f"### newsletter check: could not be done\n\n{told}{hint}\n\n"
    files = counted(len(checked.by_file()), "file")
    finding = counted(len(checked.silenced), "finding")
    silenced = f", {finding} silenced by the author" if checked.silenced else ""
    lines = [
        f"### newsletter check: {tally(checked.findings)}",
        "",
        f"{files} checked{silenced}.",
        "",
    ]
    if checked.findings:
        lines += ["| where | what | |", "|---|---|---|"]
        lines += [_row(checked, finding, links) for finding in checked.findings[:MAX_ROWS]]
        lines.append("")
        if more := len(checked.findings) - MAX_ROWS:
            lines += [f"… and {more:,} more.", ""] if more > 0 else []
    return "\n".join(lines) + "\n"


def _row(checked: Checked, finding: Finding, links: str) -> str:
    name = checked.name(finding.path)
    where = f"{_plain(name)}:{finding.line}:{finding.column}"
    if links and not name.startswith("/"):
        where = f"[{where}]({links}/{quoted(name)}?plain=1#L{finding.line})"
    what = f"{_plain(finding.message)}<br>`{finding.code}`"
    if finding.hint:
        what += f" · {_plain(finding.hint)}"
    return f"| {where} | {what} | {_SIGNS[finding.severity]} |"


def _plain(text: str) -> str:
    """Words that stay words: no mark-up, no mention of anybody, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
