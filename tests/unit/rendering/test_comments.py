"""Comments come out of the compiler as they went in, wherever they stand."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from composer.errors import Place
from composer.rendering.comments import Comments
from composer.rendering.mjml import compile_mjml

PLACE = Place(Path("letter.mjml.j2"))
COLUMNS = (
    '<div><div class="a">x</div><!--[if mso]></td><td width="336"><![endif]-->'
    '<div class="b">y</div></div>'
)


def html_of(text: str, **files: str) -> str:
    column = f"<mj-section><mj-column>{text}</mj-column></mj-section>"
    return compile_mjml(f"<mjml><mj-body>{column}</mj-body></mjml>", files.get, PLACE)


def test_a_condition_inside_an_element_crosses_no_tags() -> None:
    assert COLUMNS in html_of(f"<mj-text>{COLUMNS}</mj-text>")


def test_so_does_one_in_an_included_file() -> None:
    part = f"<mj-text>{COLUMNS}</mj-text>"

    assert COLUMNS in html_of('<mj-include path="part" />', part=part)


def test_what_is_shown_to_all_but_outlook_stays() -> None:
    text = "<p><!--[if !mso]><!-->to most<!--<![endif]--></p>"

    assert text in html_of(f"<mj-text>{text}</mj-text>")


def test_a_component_that_is_commented_out_is_no_mistake() -> None:
    assert "kept" not in html_of("<!-- <mj-txet>later</mj-txet> --><mj-text>now</mj-text>")


@given(st.text("<!->a \n0kept", max_size=60))
def test_hiding_keeps_every_line_and_showing_brings_all_back(text: str) -> None:
    comments = Comments()

    hidden = comments.hide(text)

    assert hidden.count("\n") == text.count("\n")
    assert comments.show(hidden) == text
