from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from composer.model.edition import EditionKey
from composer.rendering.compile import compile_edition
from composer.rendering.encoders import fill
from composer.rendering.templates import Templates
from composer.site import Site
from tests.golden.conftest import Golden
from tests.unit.rendering.samples import BOARD, EVERYTHING, NEWSLETTER, PLAIN, PUBLIC, VALUES

TEMPLATES = Templates((Path(__file__).parent / "email_templates",))


@pytest.mark.parametrize(("name", "key"), [("board", BOARD), ("public", PUBLIC)])
def test_both_variants_are_the_ones_that_were_approved(
    name: str, key: EditionKey, golden: Golden
) -> None:
    edition = compile_edition(EVERYTHING, PLAIN, TEMPLATES, key)

    golden(f"everything-{name}.html", fill(edition.html, VALUES))
    golden(f"everything-{name}.txt", fill(edition.text, VALUES))
    golden(f"everything-{name}.mjml", edition.mjml)


@pytest.mark.parametrize("template", ["digest", "letter", "monitor"])
@pytest.mark.parametrize(("name", "key"), [("board", BOARD), ("public", PUBLIC)])
def test_the_letters_that_we_ship_are_the_ones_that_were_approved(
    template: str, name: str, key: EditionKey, golden: Golden
) -> None:
    drawn = replace(NEWSLETTER, template=template)

    edition = compile_edition(EVERYTHING, drawn, Templates.of_site(None), key)

    golden(f"{template}-{name}.html", fill(edition.html, VALUES))


def test_the_letter_that_we_ship_has_the_text_that_was_approved(golden: Golden) -> None:
    edition = compile_edition(EVERYTHING, NEWSLETTER, Templates.of_site(None), BOARD)

    golden("everything-board.txt", fill(edition.text, VALUES))


def test_a_letter_in_german_is_the_one_that_was_approved(golden: Golden) -> None:
    made = replace(EVERYTHING, locale="de")

    edition = compile_edition(made, PLAIN, TEMPLATES, replace(BOARD, locale="de"))

    golden("everything-german.html", fill(edition.html, VALUES))


def test_the_translation_of_the_sample_issue_has_the_text_that_was_approved(
    golden: Golden,
) -> None:
    site = Site.find(Path(__file__).parents[2], {})
    key = EditionKey("de", "b", ("board",))

    edition = site.compile(site.read("2026-014"), key)

    golden("sample-german.txt", fill(edition.text, VALUES))
