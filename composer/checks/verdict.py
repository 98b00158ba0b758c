"""What becomes of findings: the site's severities, the author's reasons, the caller's choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from composer.checks.ignores import ignores_of, silenced
from composer.model.finding import Finding, Severity
from composer.reading.source import text_of
from composer.reading.suggest import near

#: What is told about the comments that silence checks: code, severity and what it is about.
IGNORES: tuple[tuple[str, Severity, str], ...] = (
    ("ignore/firm", Severity.WARNING, "a check that cannot be silenced"),
    ("ignore/no-reason", Severity.WARNING, "a check is silenced without a reason"),
    ("ignore/syntax", Severity.WARNING, "a newsletter: comment that is not understood"),
    ("ignore/unknown-code", Severity.WARNING, "a silenced check that does not exist"),
    ("ignore/unused", Severity.WARNING, "a silenced check that would have said nothing"),
)


@dataclass(frozen=True, slots=True)
class Policy:
    """`known` are all codes; those of `firm` can be neither silenced nor made less.

    `severity` is the site's, by code or family; None is off. `select` and `ignore` are codes
    or families: of this run only. An empty `select` is everything. `unasked` are codes that
    this run did not look for.
    """

    known: frozenset[str]
    firm: frozenset[str] = frozenset()
    severity: Mapping[str, Severity | None] = field(default_factory=dict)
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    unasked: frozenset[str] = frozenset()

    def chosen(self, code: str) -> bool:
        """Whether this run asked for `code`; a code goes before its family."""
        names = {code, code.partition("/")[0]}
        if self.select and not names & self.select:
            return False
        return code in self.select or not names & self.ignore

    def looked_for(self, name: str) -> bool:
        """Whether everything that the code or family `name` means was looked for."""
        return not any(name in (code, code.partition("/")[0]) for code in self.unasked)

    def weighed(self, finding: Finding) -> Finding | None:
        """The finding with the site's severity; None when it is off here."""
        code = finding.code
        level = self.severity.get(code, self.severity.get(code.partition("/")[0], finding.severity))
        if code in self.firm or level is finding.severity:
            return finding
        return None if level is None else replace(finding, severity=level)


def judged(findings: Iterable[Finding], policy: Policy) -> list[Finding]:
    """What is left of findings that stand in no issue."""
    weighed = (policy.weighed(f) for f in findings if policy.chosen(f.code))
    return [finding for finding in weighed if finding is not None]


def judged_issue(
    findings: Sequence[Finding], path: Path, source: str, policy: Policy, *, whole: bool
) -> list[Finding]:
    """What is left of the findings about the issue in the file `path`.

    `whole` tells that everything was looked at: then a comment that silenced nothing is told.
    """
    ignores, strange = ignores_of(source)
    here = [f for f in findings if f.path == path]
    kept = [f for f in findings if f.path != path]
    used = set()
    for finding, by in silenced(here, ignores, policy.firm):
        if by is None:
            kept.append(finding)
        else:
            used |= {(by, name) for name in (finding.code, finding.code.partition("/")[0])}
    about = [_strange(path, line) for line in strange]
    for ignore in ignores:
        for code in ignore.codes:
            idle = whole and (ignore, code) not in used and policy.chosen(code)
            idle = idle and policy.looked_for(code)
            about += _about(path, ignore.line, code, policy, idle=idle, why=ignore.reason)
    return sorted(judged([*kept, *about], policy), key=lambda f: f.order)


def judged_texts(
    findings: Sequence[Finding], paths: Sequence[Path], policy: Policy, *, whole: bool = False
) -> list[Finding]:
    """What is left of the findings about an issue whose texts are in the files `paths`.

    A comment silences what is found in its own file.
    """
    for path in paths:
        findings = judged_issue(findings, path, text_of(path), policy, whole=whole)
    return list(findings)


def excused(
    findings: Sequence[Finding], paths: Sequence[Path], policy: Policy
) -> Iterator[tuple[Finding, str]]:
    """What the authors of the texts in `paths` silenced of `findings`, each with their reason."""
    for path in paths:
        ignores, _ = ignores_of(text_of(path))
        here = [finding for finding in findings if finding.path == path]
        for finding, by in silenced(here, ignores, policy.firm):
            if by is not None:
                yield from ((told, by.reason) for told in judged([finding], policy))


def _about(
    path: Path, line: int, code: str, policy: Policy, *, idle: bool, why: str
) -> list[Finding]:
    families = {known.partition("/")[0] for known in policy.known}
    if code not in policy.known and code not in families:
        hint = near(code, sorted(policy.known))
        return [_said("unknown-code", f"there is no check {code!r}", hint, path, line)]
    if code in policy.firm:
        hint = "mend what it says; the safety of a send depends on it"
        return [_said("firm", f"{code} cannot be silenced", hint, path, line)]
    if not why:
        hint = f"<!-- newsletter: ignore {code} because … -->"
        return [_said("no-reason", f"{code} is silenced without a reason", hint, path, line)]
    if idle:
        message = f"{code} has nothing to say here"
        return [_said("unused", message, "delete the comment", path, line)]
    return []


def _strange(path: Path, line: int) -> Finding:
    hint = "<!-- newsletter: ignore link/insecure because the archive has no https -->"
    return _said("syntax", "this comment to newsletter is not understood", hint, path, line)


def _said(name: str, message: str, hint: str, path: Path, line: int) -> Finding:
    return Finding(f"ignore/{name}", Severity.WARNING, message, hint, path, line)
