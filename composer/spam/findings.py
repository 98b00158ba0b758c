"""What `newsletter check --spam` says: the letter's points, and each rule that gives many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from composer.model.finding import Finding, Severity
from composer.spam.judge import Ask, rules_in

#: Five points are spam for most; a letter that has two is one slip away from it.
SPAM, NEAR, MUCH = 5.0, 2.0, 1.0


def spam_findings(path: Path, messages: Iterable[tuple[str, bytes]], ask: Ask) -> Iterator[Finding]:
    """What is said of each message of an issue in the file `path`; the names are their editions'.

    Raises:
        Unreachable: SpamAssassin gave no answer.
    """
    for name, message in messages:
        rules = rules_in(ask(message))
        points = sum(given.points for given in rules.values())
        if points >= NEAR:
            severity = Severity.ERROR if points >= SPAM else Severity.WARNING
            worst = sorted(rules, key=lambda rule: -rules[rule].points)[:3]
            said = f"SpamAssassin gives {name} {points:.1f} points; {SPAM:.0f} are spam"
            yield Finding("spam/score", severity, said, f"look at {', '.join(worst)}", path)
        for rule, given in rules.items():
            if given.points >= MUCH:
                said = f"SpamAssassin's {rule} gives {name} {given.points:.1f} points"
                yield Finding("spam/rule", Severity.WARNING, said, given.words, path)
