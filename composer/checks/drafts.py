"""Which sections still are what `newsletter new` wrote."""

from __future__ import annotations

from collections.abc import Iterator

from composer.checks.walk import words_of
from composer.model.finding import Finding, Severity
from composer.model.issue import Issue, Section
from composer.reading.scaffold import DRAFT_HEADING

DRAFT = "issue/draft"


def is_unwritten(section: Section) -> bool:
    """Whether nobody wrote it: its heading is the scaffold's."""
    return words_of(section.heading) == DRAFT_HEADING


def drafts_in(issue: Issue) -> Iterator[Finding]:
    """A finding for each unwritten section of the issue and of its translations."""
    for text in issue.texts:
        for section in filter(is_unwritten, text.sections):
            message, hint = "the section is still the draft's", "write it, or delete it"
            line, column = section.at.line, section.at.column
            yield Finding(DRAFT, Severity.ERROR, message, hint, text.path, line, column)
