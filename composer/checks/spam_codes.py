"""The codes of what only SpamAssassin can tell (`newsletter check --spam`)."""

from __future__ import annotations

from composer.model.finding import Severity

#: Code, severity at most and what it is about.
SPAM: tuple[tuple[str, Severity, str], ...] = (
    ("spam/rule", Severity.WARNING, "a rule of SpamAssassin that gives a point or more"),
    ("spam/score", Severity.ERROR, "a letter that looks like spam (a warning from two points)"),
)
