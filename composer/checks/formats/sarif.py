"""SARIF 2.1.0 (OASIS, with errata 01): what code scanning and many editors read.

Findings that an author silenced are left out: GitHub takes a result with `suppressions` for
an open alert all the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from composer.checks.catalogue import Entry, entries, page
from composer.checks.formats.checked import Checked, Trouble, quoted
from composer.model.finding import Finding, Fix

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: The root of the repository, by the name that GitHub uses.
ROOT = "%SRCROOT%"
Document = dict[str, Any]


def sarif_text(checked: Checked) -> str:
    known = _known(checked.findings)
    places = {code: number for number, code in enumerate(known)}
    driver: Document = {
        "name": "newsletter-composer",
        "rules": [_rule(entry) for entry in known.values()],
    }
    if checked.version:
        driver["semanticVersion"] = driver["version"] = checked.version
    run: Document = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(checked)],
        "results": list(_results(checked, places)),
    }
    if checked.root:
        run["originalUriBaseIds"] = {ROOT: {"uri": checked.root.as_uri().rstrip("/") + "/"}}
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _known(findings: Iterable[Finding]) -> Mapping[str, Entry]:
    """Every rule there is, found or not: a reader then knows what was looked for."""
    known = dict(entries())
    for finding in findings:
        strange = Entry(finding.code, finding.severity, finding.code, "reading")
        known.setdefault(finding.code, strange)
    return known


def _rule(entry: Entry) -> Document:
    rule: Document = {
        "id": entry.code,
        "name": "".join(word.capitalize() for word in re.split("[/-]", entry.code)),
        "shortDescription": {"text": entry.summary},
        "fullDescription": {"text": entry.summary},
        "defaultConfiguration": {"level": str(entry.severity)},
        "properties": {"tags": [entry.family], "problem.severity": str(entry.severity)},
    }
    if text := page(entry.code).strip():
        rule["fullDescription"] = {"text": _about(text) or entry.summary}
        rule["help"] = {"text": text, "markdown": text}
    return rule


def _about(text: str) -> str:
    """The first paragraph of a rule's page, on one line."""
    paragraphs = [part.strip() for part in text.split("\n\n")]
    return next((" ".join(p.split()) for p in paragraphs if p and not p.startswith("#")), "")


def _invocation(checked: Checked) -> Document:
    made: Document = {
        "executionSuccessful": checked.trouble is None and checked.exit_code in (0, 1),
        "exitCode": checked.exit_code,
    }
    if checked.trouble:
        made["toolConfigurationNotifications"] = [_notification(checked, checked.trouble)]
    return made


def _notification(checked: Checked, trouble: Trouble) -> Document:
    told: Document = {"level": "error", "message": {"text": _told(trouble.message, trouble.hint)}}
    if trouble.place:
        region = {"startLine": trouble.place.line or 1, "startColumn": trouble.place.column or 1}
        where = _artifact(checked.name(trouble.place.path))
        told["locations"] = [{"physicalLocation": {"artifactLocation": where, "region": region}}]
    return told


def _results(checked: Checked, places: Mapping[str, int]) -> Iterable[Document]:
    seen: Counter[str] = Counter()
    for finding in checked.findings:
        artifact = _artifact(checked.name(finding.path))
        about = "\0".join((finding.code, artifact["uri"], checked.line(finding).strip()))
        seen[about] += 1
        digest = hashlib.sha256(f"{about}\0{seen[about]}".encode("utf-8", "replace")).hexdigest()
        location = {"artifactLocation": artifact, "region": _region(finding)}
        result: Document = {
            "ruleId": finding.code,
            "ruleIndex": places[finding.code],
            "level": str(finding.severity),  # SARIF has the same two words
            "message": {"text": _told(finding.message, finding.hint)},
            "locations": [{"physicalLocation": location}],
            "partialFingerprints": {"newsletterFinding/v1": digest[:32]},
        }
        if finding.fix:
            result["fixes"] = [_fix(finding, finding.fix, artifact)]
        yield result


def _told(message: str, hint: str) -> str:
    return f"{message}\nhint: {hint}" if hint else message


def _artifact(name: str) -> Document:
    """A file in the repository, or one elsewhere by its whole address."""
    if name.startswith("/"):
        return {"uri": f"file://{quoted(name)}"}
    return {"uri": quoted(name), "uriBaseId": ROOT}


def _region(finding: Finding) -> Document:
    region = {"startLine": finding.line, "startColumn": finding.column}
    return region if finding.fix is None else region | _end(finding, finding.fix.old)


def _end(finding: Finding, old: str) -> Document:
    """Where the text `old` ends that begins at `finding`; the column is the one after it."""
    lines: Sequence[str] = old.split("\n")
    start = finding.column if len(lines) == 1 else 1
    return {"endLine": finding.line + len(lines) - 1, "endColumn": start + len(lines[-1])}


def _fix(finding: Finding, fix: Fix, artifact: Document) -> Document:
    replacement = {"deletedRegion": _region(finding), "insertedContent": {"text": fix.new}}
    return {
        "description": {"text": finding.hint or finding.message},
        "artifactChanges": [{"artifactLocation": artifact, "replacements": [replacement]}],
    }
