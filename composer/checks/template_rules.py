"""Is a template the MJML and Jinja that it is meant to be?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from composer.checks.examined import Remark, Rule, TemplateFile
from composer.checks.mjml_source.masking import mask
from composer.model.finding import Severity
from composer.model.issue import Position

ERROR, WARNING = Severity.ERROR, Severity.WARNING

#: What is MJML, HTML or CSS, with Jinja or without; other files are nobody's business here.
_SUFFIXES = (".j2", ".mjml", ".html", ".css")

#: code → how bad it is and what it looks for; `composer.checks.mjml_source` finds them.
MJML = {
    "mjml/unknown-tag": (ERROR, "an element that MJML does not have"),
    "mjml/unknown-attribute": (WARNING, "an attribute that an element does not have"),
    "mjml/attribute-value": (WARNING, "a size, colour or word that an attribute cannot have"),
    "mjml/nesting": (ERROR, "an element where it cannot stand"),
    "mjml/unclosed": (ERROR, "an element that is never closed"),
    "mjml/stray-end": (ERROR, "an end tag that closes nothing"),
    "mjml/syntax": (ERROR, "what is no markup"),
    "mjml/duplicate-attribute": (WARNING, "an attribute that stands twice"),
    "mjml/unsupported": (ERROR, "a part of MJML that cannot be compiled here"),
    "mjml/include-missing": (ERROR, "an included file that is not there"),
    "mjml/include-outside": (ERROR, "an included file outside email_templates/"),
    "mjml/web-font": (WARNING, "a font or a sheet from the network"),
}


def _telling(code: str) -> Callable[[TemplateFile], Iterator[Remark]]:
    def look(seen: TemplateFile) -> Iterator[Remark]:
        if not seen.name.endswith(_SUFFIXES):
            return
        for problem in seen.mjml_problems:
            if problem.code == code:
                at = Position(problem.line, problem.column)
                yield Remark(problem.message, problem.hint, at)

    return look


#: How other systems write a field: Mailchimp, Salesforce, Brevo and Mailgun, Campaign Monitor.
_FOREIGN = re.compile(
    r"\*\|\w[^|\n]{0,60}\|\*|%%\w[\w .:-]{0,60}%%|%recipient\.\w+%|<%=.{0,60}?%>"
    r"|\[(?:firstname|lastname|fullname|email|unsubscribe|webversion)\b[^\]\n]{0,60}\]",
    re.IGNORECASE,
)


def foreign(seen: TemplateFile) -> Iterator[Remark]:
    """A field as another system writes it; readers would see the marks."""
    masked = mask(seen.text)
    for match in _FOREIGN.finditer(masked.text):
        yield Remark(
            f"{match[0]} is another system's field, and nobody fills it here",
            "write {{ subscriber.FIELD }} into the issue, {{ unsubscribe_url }} into a template",
            Position(*masked.place(match.start())),
        )


RULES = (
    *(Rule(code, level, says, _telling(code)) for code, (level, says) in MJML.items()),
    Rule("merge/foreign", ERROR, "another system's field", foreign),
)
