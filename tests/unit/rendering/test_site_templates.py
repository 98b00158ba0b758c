"""Whatever MJML of its own a site brings: written by hand, by an editor, or by a formatter."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from composer.errors import TemplateError
from composer.rendering.compile import compile_edition
from composer.rendering.templates import Templates
from tests.unit.rendering.samples import KEY, NEWSLETTER, issue, literals

FONT = "https://fonts.example.org/css2?family=Ribbon:wght@500&amp;display=swap"

#: With the tabs, comments and stray blanks of people who write by hand.
SHOP = """<mjml>
<mj-head>
<mj-attributes>
\t\t\t<!-- all of it -->
\t\t\t<mj-all
\t\t\t\t\tfont-family="Arial, sans-serif"

\t\t\t\t/>
\t\t\t<mj-section background-color="#102030" padding="0 0 0 0" />
\t\t\t<mj-class
\t\t\t\t\tname ="logo"
\t\t\t\t\tpadding-bottom="30px"
\t\t\t\t\tpadding="10px 25px"
\t\t\t\t/>
</mj-attributes>
<mj-style inline="inline">
\t/* plain CSS */
\tp.headline {
\t\tline-height: 60px;
\t\tfont-family:'Times New Roman',Helvetica,sans-serif;
\t};
\t.quiet a { color:#77889a !important; }
</mj-style>
</mj-head>
\t<mj-body>
\t\t<mj-section >
\t\t\t<mj-column>
\t\t\t<mj-image mj-class="logo" src="http://pictures.example.org/logo.png" title=""></mj-image>
\t\t\t<mj-text padding-top="0" css-class="quiet"><p class="headline" ><b>Winter&nbsp; Sale</b><br/>
\t\t\t\t<a href="">[[LINK]]</a></p></mj-text>
\t\t\t<!-- one can style here too -->
\t\t\t<mj-button><span style="
                color: #212020;
                letter-spacing: 2px;
              ">Shop Now</span></mj-button>
\t\t\t</mj-column>
\t\t</mj-section>
\t</mj-body>
</mjml>
"""

#: As a formatter breaks it, with a font, two attributes of a name, and ends of tags on new lines.
NEWS = f"""<mjml>
  <mj-head>
    <mj-font
      name="Ribbon"
      href="{FONT}"
    ></mj-font>
    <mj-attributes>
      <mj-all font-family="Ribbon, Helvetica, sans-serif"></mj-all>
    </mj-attributes>
    <mj-style>
      .tag {{ border-radius: 0px 0px 0px 10px }} .plain a {{ color: unset; }}
    </mj-style>
  </mj-head>
  <mj-body background-color="#fff">
    <!-- Hero -->
    <mj-section
      background-url="https://pictures.example.org/ground.png?raw=true"
      background-size="cover"
      border-radius="20px 20px 0px 0px"
    >
      <mj-column width="48%" padding="0px 0px 40px 0px">
        <mj-text
          font-size="12px"
          css-class="tag plain"
          font-size="14px"
          >Issue <a href="#">01</a></mj-text
        >
        <mj-button inner-padding="12px 22px" border="1px dashed solid"
          >Read on
          <span style="color: #44d8ff">→</span></mj-button
        >
      </mj-column>
      <mj-column width="4%"></mj-column>
      <mj-column width="48%">
        <mj-social mode="horizontal" icon-size="28px">
          <mj-social-element name="facebook" href="#"></mj-social-element>
        </mj-social>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""

#: With everything that moves, and conditions of its own.
SHOW = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE mjml>
<mjml>
  <mj-head>
    <mj-breakpoint width="500px" />
    <mj-style><!--
      @media all and (max-width: 600px) { img[title*="half"] { width:50% !important; } }
    --></mj-style>
    <mj-raw><meta name="theme-color" content="#fff" /></mj-raw>
  </mj-head>
  <mj-body>
    <mj-raw><!--[if !mso]><!--></mj-raw>
    <mj-wrapper full-width="full-width" padding="40px 0 0">
      <mj-section>
        <mj-column width="550px">
          <mj-carousel tb-width="50px">
            <!-- the first one is shown to those who cannot turn it -->
            <mj-carousel-image src="https://p.example.org/1.jpg" thumbnails-src="/1.gif" />
            <mj-carousel-image src="https://p.example.org/2.jpg" alt="Side view" />
          </mj-carousel>
        </mj-column>
      </mj-section>
    </mj-wrapper>
    <mj-raw><!--<![endif]--></mj-raw>
    <mj-hero mode="fixed-height" height="300px" background-url="https://p.example.org/3.jpg">
      <mj-text>Up to 5 < 6 & more<br>than that</mj-text>
    </mj-hero>
    <mj-section>
      <mj-group>
        <mj-column width="27%">
          <mj-text><span style="color: rgb(57, 63, 76);">a</span></mj-text>
        </mj-column>
        <mj-column width="73%">
          <mj-table><tr><td>b</td></tr></mj-table>
        </mj-column>
      </mj-group>
    </mj-section>
    <mj-section>
      <mj-column>
        <mj-navbar hamburger="hamburger">
          <mj-navbar-link href="/one">One</mj-navbar-link>
        </mj-navbar>
        <mj-accordion>
          <mj-accordion-element>
            <mj-accordion-title>Why?</mj-accordion-title>
            <mj-accordion-text>Because.</mj-accordion-text>
          </mj-accordion-element>
        </mj-accordion>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""


def html_of(folder: Path, mjml: str, **parts: str) -> str:
    own = folder / "email_templates"
    own.mkdir(exist_ok=True)
    for name, text in {"ours.mjml.j2": mjml, **parts}.items():
        (own / name).write_text(text, "utf-8")
    site = replace(NEWSLETTER, template="ours")
    return literals(compile_edition(issue(), site, Templates.of_site(folder), KEY).html)


def style_of(html: str, words: str) -> str:
    """The style of the element that `words` begin in."""
    found = re.search(r'style="([^"]*)"[^<>]*>\s*' + re.escape(words), html)
    assert found, words
    return found[1]


def test_rules_that_ask_to_be_inlined_are_and_classes_of_attributes_apply(tmp_path: Path) -> None:
    html = html_of(tmp_path, SHOP)

    assert "line-height:60px" in style_of(html, "<b>Winter")
    assert "color:#77889a" in style_of(html, "[[LINK]]")
    assert "letter-spacing: 2px" in style_of(html, "Shop Now")
    assert "\\n" not in html
    assert "padding:10px 25px;padding-bottom:30px" in html


def test_a_font_that_the_site_asks_for_is_loaded_and_survives_as_it_is(tmp_path: Path) -> None:
    html = html_of(tmp_path, NEWS)

    assert f'<link href="{FONT}" rel="stylesheet" type="text/css">' in html
    assert f"@import url({FONT});" in html
    assert html.index("<!--[if !mso]><!--><link") < html.index("</head>")
    assert "fonts-->" not in html


def test_a_font_that_nothing_uses_is_not_loaded(tmp_path: Path) -> None:
    html = html_of(tmp_path, NEWS.replace("Ribbon, Helvetica", "Helvetica"))

    assert "fonts.example.org" not in html


def test_a_font_from_elsewhere_than_the_web_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="may not hold <link>"):
        html_of(tmp_path, NEWS.replace("https://fonts", "javascript:fonts"))


def test_of_two_attributes_of_one_name_the_first_counts(tmp_path: Path) -> None:
    assert "font-size:12px" in style_of(html_of(tmp_path, NEWS), "Issue <a")


def test_everything_that_moves_and_what_else_mjml_has_comes_through(tmp_path: Path) -> None:
    html = html_of(tmp_path, SHOW)

    assert html.count("mj-carousel-image-") > 2
    assert "Up to 5 &lt; 6 &amp; more<br>than that" in html
    assert "@media all and (max-width: 600px)" in html
    assert html.count("<!--[if") == html.count("<![endif]-->")
    assert html.startswith("<!DOCTYPE html>")
    for words in ("Because.", "theme-color", "rgb(57, 63, 76)", 'alt="Side view"'):
        assert words in html


def test_parts_are_included_from_the_folder_of_templates_alone(tmp_path: Path) -> None:
    whole = '<mjml><mj-body><mj-include path="./foot.mjml" /></mj-body></mjml>'
    foot = "<mj-section><mj-column><mj-text>The end.</mj-text></mj-column></mj-section>"

    assert "The end." in html_of(tmp_path, whole, **{"foot.mjml": foot})
    with pytest.raises(TemplateError, match="outside email_templates"):
        html_of(tmp_path, whole.replace("./foot", "../foot"))


@pytest.mark.parametrize(
    ("mjml", "said"),
    [
        (
            "<mjml><mj-head>\n<mj-html-attributes /></mj-head><mj-body /></mjml>",
            "mj-html-attributes is not supported",
        ),
        (
            '<mjml>\n<mj-raw position="file-start">x</mj-raw><mj-body /></mjml>',
            "mj-raw with file-start is not supported",
        ),
    ],
)
def test_what_cannot_be_done_is_told_with_its_line(tmp_path: Path, mjml: str, said: str) -> None:
    with pytest.raises(TemplateError) as caught:
        html_of(tmp_path, mjml)

    assert "line 2 of what the template makes" in caught.value.problem
    assert said in caught.value.hint


def test_a_template_chooses_one_of_the_forms_of_text(tmp_path: Path) -> None:
    (tmp_path / "email_templates").mkdir()
    own = tmp_path / "email_templates" / "own.mjml.j2"
    made = replace(issue(), template="own")
    said = {}
    for form in ("letter", "bulletin", "leter"):
        own.write_text(f'{{# Ours. #}}\n{{% set text_form = "{form}" %}}\n{SHOP}')
        try:
            edition = compile_edition(made, NEWSLETTER, Templates.of_site(tmp_path), KEY)
            said[form] = "".join(map(str, literals(edition.text)))
        except TemplateError as error:
            said[form] = str(error).removeprefix(f"{own}:")

    assert said["letter"] != said["bulletin"]
    assert said["leter"] == (
        "2: a text variant has no form 'leter'\n  hint: text_form is one of bulletin, letter"
    )
