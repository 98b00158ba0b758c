"""What npm's mjml does with the same MJML, told by the HTML; each was compared with its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from composer.errors import Place, TemplateError
from composer.rendering.attributes import safe_attributes
from composer.rendering.inlining import inline
from composer.rendering.mjml import compile_mjml

PLACE = Place(Path("letter.mjml.j2"))
PICTURE = 'src="https://news.example.org/harbour.png"'
TEXT = "<mj-section><mj-column><mj-text>Nine hours</mj-text></mj-column></mj-section>"


def _html(body: str, head: str = "", files: dict[str, str] | None = None) -> str:
    mjml = f"<mjml><mj-head>{head}</mj-head><mj-body>{body}</mj-body></mjml>"
    return compile_mjml(safe_attributes(mjml), (files or {}).get, PLACE)


def _column(inside: str) -> str:
    return f"<mj-section><mj-column>{inside}</mj-column></mj-section>"


def _for_others(html: str) -> str:
    """What all but Outlook see."""
    return re.sub(r"<!--\[if mso.*?<!\[endif\]-->", "", html, flags=re.DOTALL)


def _defaults(inside: str) -> str:
    return f"<mj-attributes>{inside}</mj-attributes>"


def test_the_body_takes_what_is_said_of_all_bodies() -> None:
    html = _html(TEXT, _defaults('<mj-body background-color="#dde8ee" width="500px" />'))

    assert '<body style="word-spacing:normal;background-color:#dde8ee;">' in html
    assert "max-width:500px" in html


def test_what_the_body_says_itself_wins() -> None:
    head = _defaults('<mj-body width="500px" />')
    html = compile_mjml(
        f'<mjml><mj-head>{head}</mj-head><mj-body width="480px">{TEXT}</mj-body></mjml>',
        lambda _: None,
        PLACE,
    )

    assert "max-width:480px" in html
    assert "max-width:500px" not in html


def test_a_class_wins_over_what_is_said_of_all_its_kind() -> None:
    head = _defaults(
        '<mj-social-element color="#aa0000" /><mj-class name="calm" color="#00aa00" />'
    )
    element = '<mj-social-element name="github" href="https://example.org/"{}>A</mj-social-element>'
    elements = element.format("") + element.format(' mj-class="calm"')
    html = _html(_column(f"<mj-social>{elements}</mj-social>"), head)

    assert re.findall(r'style="color:(#\w+)', html) == ["#aa0000", "#00aa00"]


def test_a_class_tells_what_stands_in_its_element() -> None:
    head = _defaults('<mj-class name="calm">\n<mj-text color="#00aa00" />\n</mj-class>')
    html = _html(
        '<mj-section><mj-column mj-class="calm"><mj-text>a</mj-text></mj-column>'
        "<mj-column><mj-text>b</mj-text></mj-column></mj-section>",
        head,
    )

    assert re.findall(r"color:(#\w+);\">(\w)<", html) == [("#00aa00", "a"), ("#000000", "b")]


def test_a_padding_of_nothing_above_leaves_a_picture_as_wide_as_it_is() -> None:
    assert 'width="560"' in _html(_column(f'<mj-image padding="0 20px" {PICTURE} />'))


def test_a_section_that_is_not_full_width_is_not() -> None:
    section = TEXT.replace("<mj-section>", '<mj-section full-width="false" css-class="here">')

    assert '<div class="here"' in _html(section)


def test_a_hero_of_fluid_height_is_as_high_as_its_picture() -> None:
    html = _html(
        '<mj-hero mode="fluid-height" background-url="https://a.example/a.png" '
        'background-width="600px" background-height="300px"><mj-text>Nine</mj-text></mj-hero>'
    )
    side = '<td style="width:0.01%;padding-bottom:50%;mso-padding-bottom-alt:0;"></td>'

    assert html.count(side) == 2
    assert re.search(rf"{re.escape(side)}<td background=.*?</td>{re.escape(side)}</tr>", html)
    assert 'height="0"' not in html


def test_the_height_of_a_hero_holds_its_padding() -> None:
    html = _html('<mj-hero height="300px" padding="40px 0"><mj-text>Nine</mj-text></mj-hero>')

    assert 'height="220"' in html


def test_a_wrapper_leaves_its_gap_between_sections() -> None:
    html = _html(f'<mj-wrapper gap="18px">{TEXT * 3}</mj-wrapper>{TEXT}')

    assert html.count("margin-top:18px") == 2
    assert html.count("padding-top:18px") == 2


@pytest.mark.parametrize("between", ["<mj-raw><hr /></mj-raw>", "<!-- a word -->"])
def test_what_stands_between_sections_of_a_wrapper_is_for_all(between: str) -> None:
    shown = between.removeprefix("<mj-raw>").removesuffix("</mj-raw>")

    html = _html(f"<mj-wrapper>{TEXT}{between}{TEXT}</mj-wrapper>")

    assert shown in _for_others(html)
    assert html.count("<!--[if") == html.count("<![endif]-->")


def test_the_sides_of_a_picture_have_borders_of_their_own() -> None:
    html = _html(_column(f'<mj-image border-left="3px solid #aa0000" {PICTURE} />'))

    assert re.search(r'<img[^>]*style="border:0;[^"]*border-left:3px solid #aa0000;"', html)


def test_an_icon_may_stand_at_the_right_of_its_name() -> None:
    html = _html(
        _column(
            '<mj-social><mj-social-element name="github" icon-position="right">A'
            "</mj-social-element></mj-social>"
        )
    )

    assert html.index("A</span>") < html.index("<img")


@pytest.mark.parametrize("component", ["mj-section", "mj-wrapper", "mj-hero"])
def test_a_background_may_have_apostrophes_and_brackets_in_its_name(component: str) -> None:
    picture = "https://p.example.org/port's view (2).jpg"
    inside = {"mj-section": "<mj-column></mj-column>", "mj-wrapper": TEXT}.get(component, "")

    html = _html(f'<{component} background-url="{picture}">{inside}</{component}>')

    found = set(re.findall(r"url\((['\"]?)(.*?)\1\)", html))
    assert {url for _, url in found} == {"https://p.example.org/port%27s%20view%20%282%29.jpg"}
    inline(html, PLACE)


def test_the_signs_of_an_accordion_may_be_said_for_all() -> None:
    icons = (
        'icon-width="20px" icon-wrapped-url="https://p.example.org/open.png" '
        'icon-wrapped-alt="open" icon-position="left"'
    )
    elements = "".join(
        f"<mj-accordion-element{own}><mj-accordion-title>A</mj-accordion-title>"
        "<mj-accordion-text>B</mj-accordion-text></mj-accordion-element>"
        for own in ("", ' icon-width="30px"')
    )

    html = _html(
        _column(f'<mj-accordion icon-width="60px">{elements}</mj-accordion>'),
        _defaults(f"<mj-accordion-element {icons} />"),
    )

    signs = re.findall(r'<img src="([^"]*)" alt="open"[^>]*width:(\d+px)', html)
    assert signs == [("https://p.example.org/open.png", width) for width in ("20px", "30px")]
    assert html.index('class="mj-accordion-ico"') < html.index(">A</td>")


def test_the_arrows_of_a_carousel_are_hidden_in_yahoos_mail_only() -> None:
    picture = f"<mj-carousel-image {PICTURE} />"

    html = _html(_column(f"<mj-carousel>{picture}{picture}</mj-carousel>"))

    # For other clients this is no media query, and hides nothing.
    assert "@media screen yahoo {" in html
    assert not re.search(r"@media screen\s*,", html)


def test_a_title_of_an_accordion_may_be_bold() -> None:
    html = _html(
        _column(
            "<mj-accordion><mj-accordion-element><mj-accordion-title font-weight='700'>A"
            "</mj-accordion-title><mj-accordion-text>B</mj-accordion-text></mj-accordion-element>"
            "</mj-accordion>"
        )
    )

    assert re.search(r'font-weight:700;">A<', html)


def test_the_cells_of_a_table_may_stand_apart() -> None:
    html = _html(_column('<mj-table cellspacing="3"><tr><td>1</td></tr></mj-table>'))

    assert re.search(r'<table[^>]*cellspacing="3"[^>]*border-collapse:separate', html)


def test_included_files_are_mended_too() -> None:
    html = _html(
        '<mj-include path="hero.mjml" />',
        files={
            "hero.mjml": '<mj-hero height="90px" padding="9px 0"><mj-text>a</mj-text></mj-hero>'
        },
    )

    assert 'height="72"' in html


def test_no_mark_of_a_repair_is_left() -> None:
    html = _html(
        f'<mj-wrapper gap="18px" css-class="outer">{TEXT}{TEXT}</mj-wrapper>'
        + _column(f'<mj-image border-top="1px solid #000000" css-class="wide" {PICTURE} />')
    )

    assert "mended" not in html
    assert 'class="wide"' in html
    assert 'class="outer"' in html


def test_what_cannot_be_done_says_so() -> None:
    with pytest.raises(TemplateError, match="gutter of mj-section is not supported"):
        _html(TEXT.replace("<mj-section>", '<mj-section gutter="12px">'))


def test_a_letter_of_thousands_of_repairs_is_refused() -> None:
    table = '<mj-table role="table"><tr><td>1</td></tr></mj-table>'

    with pytest.raises(TemplateError, match="more than 1,000 elements"):
        _html(_column(table * 1001))
