"""The registry: every rule, in the order in which its findings are told."""

from __future__ import annotations

from collections.abc import Sequence

from composer.checks import content, footer, merge
from composer.checks.examined import Examined, Rule
from composer.model.finding import Finding, Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING

RULES: tuple[Rule, ...] = (
    Rule("merge/unresolved", ERROR, "a mark of a field is left over", merge.unresolved),
    Rule("merge/unknown-slot", ERROR, "a slot that nobody fills", merge.unknown_slot),
    Rule("merge/personal-url", ERROR, "the list decides where a link leads", merge.personal_url),
    Rule(
        "merge/missing-value", ERROR, "recipients lack a value and a default", merge.missing_value
    ),
    Rule("merge/no-default", WARNING, "a field without a default", merge.no_default),
    Rule("footer/unsubscribe", ERROR, "no way to leave", footer.unsubscribe_missing),
    Rule("footer/postal-address", ERROR, "no postal address", footer.postal_address_missing),
    Rule("issue/name", ERROR, "a folder's name that cannot be part of a URL", content.issue_name),
    Rule("issue/draft", ERROR, "a section that was never written", content.draft),
    Rule("text/missing", ERROR, "no text variant", content.text_missing),
    Rule("link/syntax", ERROR, "a link that cannot be followed", content.link_syntax),
    Rule("link/insecure", WARNING, "a link without TLS", content.link_insecure),
    Rule("image/alt", ERROR, "an image that says nothing", content.image_alt),
    Rule(
        "size/gmail-clip",
        ERROR,
        "more HTML than Gmail shows (a warning from 80 KiB)",
        content.gmail_clip,
    ),
)


def examine(examined: Examined, rules: Sequence[Rule] = RULES) -> tuple[Finding, ...]:
    """Every finding once, in the order of the files' lines."""
    found = {finding: None for rule in rules for finding in rule.findings(examined)}
    return tuple(sorted(found, key=lambda f: (str(f.path), f.line, f.column)))
