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

#: What the sample issue has on purpose.
MEANT = {"merge/no-default"}


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

    found = [str(f) for f in look_with(ISSUE_RULES, seen) if f.code not in MEANT]

    assert len(seen.pages) == 2
    assert found == []
