"""`file:line:column: error[code] message`, as compilers say it and editors read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from composer.model.finding import Finding, Severity

#: Colours a text by the severity that it is about.
Paint = Callable[[str, Severity], str]


def plainly(text: str, severity: Severity) -> str:
    """No colour at all."""
    del severity
    return text


def findings_text(findings: Iterable[Finding], paint: Paint = plainly) -> str:
    """A line for each finding, and its hint below it; no newline at the end."""
    return "\n".join(finding_text(finding, paint) for finding in findings)


def finding_text(finding: Finding, paint: Paint = plainly) -> str:
    kind = paint(f"{finding.severity}[{finding.code}]", finding.severity)
    head = f"{finding.path}:{finding.line}:{finding.column}: {kind} {finding.message}"
    return f"{head}\n  hint: {finding.hint}" if finding.hint else head
