"""The templates that we ship are what our own checks ask for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from composer.checks.examined import Examined, look_with
from composer.checks.rules import ISSUE_RULES
from composer.model.mailing import Letterhead
from composer.rendering.compile import compile_edition
from composer.rendering.templates import Templates
from composer.sending.sample import sample_message
from tests.unit.checks.samples import SETTINGS
from tests.unit.rendering.samples import BOARD, EVERYTHING, NEWSLETTER, PUBLIC

TEMPLATES = Templates.of_site(None)

#: What a template answers for; what an author wrote is looked at elsewhere.
FAMILIES = {"html", "a11y", "dark", "css", "outlook", "text", "size", "message"}
RULES = [rule for rule in ISSUE_RULES if rule.family in FAMILIES]


@pytest.mark.parametrize("name", TEMPLATES.names)
def test_a_letter_with_everything_in_it_is_faultless(name: str) -> None:
    newsletter = replace(NEWSLETTER, template=name)
    editions = [compile_edition(EVERYTHING, newsletter, TEMPLATES, k) for k in (BOARD, PUBLIC)]
    letterhead = Letterhead.of(newsletter)
    seen = Examined(
        issue=EVERYTHING,
        editions=editions,
        settings=replace(SETTINGS, newsletter=newsletter),
        site_file=Path("newsletter.toml"),
        messages={edition.key: sample_message(edition, letterhead) for edition in editions},
    )

    assert len(seen.pages) == 2
    assert [str(finding) for finding in look_with(RULES, seen)] == []
