"""Workflow commands of GitHub Actions: findings as annotations beside the changed lines.

The form and its escapes are those of GitHub's "Workflow commands" and of `@actions/core`.
GitHub shows at most ten errors and ten warnings of a step; the job summary has them all.
"""

from __future__ import annotations

from collections.abc import Mapping

from composer.checks.formats.checked import Checked
from composer.model.finding import Finding, Severity

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def github_text(checked: Checked) -> str:
    """One command a line; nothing at all when there is nothing to say."""
    lines = [_finding(checked, finding) for finding in checked.findings]
    if trouble := checked.trouble:
        where: dict[str, object] = {}
        if trouble.place:
            where = {"file": checked.name(trouble.place.path), "line": trouble.place.line or 1}
        where["title"] = "newsletter"
        lines.append(_command(Severity.ERROR, where, trouble.message, trouble.hint))
    return "".join(f"{line}\n" for line in lines)


def _finding(checked: Checked, finding: Finding) -> str:
    properties = {
        "file": checked.name(finding.path),
        "line": finding.line,
        "col": finding.column,
        "title": finding.code,
    }
    return _command(finding.severity, properties, finding.message, finding.hint)


def _command(level: Severity, properties: Mapping[str, object], message: str, hint: str) -> str:
    told = f"{message}\nhint: {hint}" if hint else message
    pairs = ",".join(f"{key}={str(what).translate(_PROPERTY)}" for key, what in properties.items())
    return f"::{level} {pairs}::{told.translate(_DATA)}"
