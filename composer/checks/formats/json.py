"""The JSON of the contract: one document with `"schema": 1`."""

from __future__ import annotations

import json

from composer.checks.formats.checked import Checked, Trouble
from composer.model.finding import Finding


def finding_document(finding: Finding) -> dict[str, object]:
    """One finding; `line` and `column` count from 1, columns in characters."""
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "message": finding.message,
        "hint": finding.hint,
        "path": str(finding.path),
        "line": finding.line,
        "column": finding.column,
    }


def trouble_document(trouble: Trouble) -> dict[str, object]:
    """What stands under `error`: with a place only where there is one."""
    document: dict[str, object] = {"message": trouble.message, "hint": trouble.hint}
    if trouble.place:
        document |= {
            "path": str(trouble.place.path),
            "line": trouble.place.line,
            "column": trouble.place.column,
        }
    return document


def json_text(checked: Checked) -> str:
    document: dict[str, object] = {"schema": 1}
    if checked.trouble:
        document["error"] = trouble_document(checked.trouble)
    else:
        document["findings"] = [finding_document(finding) for finding in checked.findings]
        document["silenced"] = [
            {**finding_document(finding), "reason": reason} for finding, reason in checked.silenced
        ]
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
