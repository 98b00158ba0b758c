"""The reference of templates names everything that there is, and nothing else."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from composer.model.settings import Palette
from composer.reading.vocabulary import OWN_WORDS
from composer.rendering import view
from composer.rendering.languages import WORDS
from composer.rendering.sandbox import FILTERS

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "templates.md").read_text("utf-8")
NAMED = {word for name in re.findall(r"`([\w.]+)`", PAGE) for word in name.split(".")}


def test_every_name_of_the_view_is_in_the_reference() -> None:
    things = [t for t in vars(view).values() if isinstance(t, type) and dataclasses.is_dataclass(t)]
    fields = {field.name for thing in things for field in dataclasses.fields(thing)}
    kinds = {getattr(thing, "kind", "paragraph") for thing in things}

    assert len(things) > 15
    assert not {*fields, *kinds, *(f.name for f in dataclasses.fields(Palette))} - NAMED


def test_every_word_and_every_filter_is_in_the_reference() -> None:
    assert not {*OWN_WORDS, *FILTERS} - NAMED


def test_every_language_has_every_word() -> None:
    assert len(WORDS) > 9
    for locale, words in WORDS.items():
        assert all(words.values())
        assert words.keys() <= OWN_WORDS.keys()
        assert words.keys() == OWN_WORDS.keys() or "-" in locale, locale
        for word, text in words.items():
            assert set(re.findall(r"{(\w+)}", text)) == OWN_WORDS[word], (locale, word)
