from __future__ import annotations

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from composer.reading.yaml_text import front_matter

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=4))
@example(
    "yes", ["null", "1", "a: b", "a #b", "- a", "*a", "&a", "!a", "%a", "@a", "`a`", "2024-01-01"]
)
@example("\x85\u2028\ufeff", ["'", '"', "\\", "~", "0x1F", "1e3", ".inf", "12:30:00"])
def test_yaml_reads_back_what_was_written(title: str, authors: list[str]) -> None:
    text = front_matter(
        {"title": title, "authors": authors, "date": date(2026, 11, 20), "none": ""}
    )

    read = YAML(typ="safe", pure=True).load(text.removesuffix("---\n"))

    assert read == {"title": title, "authors": authors, "date": date(2026, 11, 20)}
