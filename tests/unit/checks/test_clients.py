from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.checks.clients import client_problems, table
from composer.checks.clients.features import BREAKING, features_in
from composer.checks.clients.harmless import HARMLESS
from composer.checks.clients.seen import declarations, seen

EVERYBODY = tuple(table().families)


def styled(style: str) -> str:
    return f'<div style="{style}">a</div>'


def sheet(css: str) -> str:
    return f"<style>{css}</style>"


def img(src: str) -> str:
    return f'<img src="{src}" alt="" width="1">'


#: caniemail's name → what must be told of, and what is nearly the same and must not be.
EXAMPLES: dict[str, tuple[str, str]] = {
    "css-display-flex": (styled("display:flex"), styled("display:block;font-family:flex")),
    "css-display-grid": (styled("display:inline-grid"), styled("display:block")),
    "css-grid-template": (styled("grid-template-columns:1fr 1fr"), styled("grid-area:a")),
    "css-flex-direction": (styled("flex-direction:column"), styled("flex-direction:row")),
    "css-position": (styled("position:absolute"), styled("position:relative")),
    "css-float": (styled("float:left"), styled("float:none")),
    "css-column-count": (styled("column-count:2"), styled("column-gap:2px")),
    "css-transform": (styled("transform:rotate(3deg)"), styled("text-transform:uppercase")),
    "css-writing-mode": (styled("writing-mode:vertical-rl"), styled("writing-mode:horizontal-tb")),
    "css-max-width": (
        '<img src="a" style="max-width:100%">',
        '<img src="a" width="9" style="max-width:100%"><div style="max-width:600px"></div>',
    ),
    "css-inset": (styled("inset:0"), styled("border-style:inset")),
    "css-unit-calc": (styled("width:calc(100% - 2px)"), styled("width:100%")),
    "css-function-clamp": (styled("width:clamp(1px,2px,3px)"), styled("width:2px")),
    "css-function-min": (styled("width:min(1px,2px)"), styled("min-width:2px")),
    "css-function-max": (styled("width:max(1px,2px)"), styled("max-width:2px")),
    "css-unit-rem": (styled("margin:1rem"), styled("margin:1em")),
    "css-unit-vw": (styled("width:50vw"), styled("width:50%")),
    "css-unit-vh": (styled("height:50vh"), styled("height:50px")),
    "css-unit-vmin": (styled("width:5vmin"), styled("width:5px")),
    "css-unit-vmax": (styled("width:5vmax"), styled("width:5px")),
    "css-unit-ch": (styled("width:60ch"), styled("width:60px")),
    "css-intrinsic-size": (styled("width:fit-content"), styled("width:auto")),
    "css-inline-size": (styled("inline-size:2px"), styled("max-inline-size:2px")),
    "css-block-inline-size": (styled("block-size:2px"), styled("display:block")),
    "css-margin-inline-block": (styled("margin-inline:2px"), styled("margin:2px")),
    "css-margin-inline-start-end": (styled("margin-inline-start:2px"), styled("margin-left:2px")),
    "css-margin-block-start-end": (styled("margin-block-end:2px"), styled("margin-top:2px")),
    "css-padding-inline-block": (styled("padding-block:2px"), styled("padding:2px")),
    "css-padding-inline-start-end": (styled("padding-inline-end:2px"), styled("padding:2px")),
    "css-padding-block-start-end": (styled("padding-block-start:2px"), styled("padding:2px")),
    "css-variables": (styled("color:var(--ink)"), styled("color:#111111")),
    "css-rgba": (styled("color:rgba(0,0,0,0.5)"), styled("color:#000000;color:rgba(0,0,0,0.5)")),
    "css-modern-color": (styled("color:oklch(50% 0 0)"), styled("color:#777777")),
    "css-function-light-dark": (styled("color:light-dark(#000,#fff)"), styled("color:#000000")),
    "css-background-image": (
        styled("background:url(a.png) no-repeat center / cover"),
        styled("background:#ffffff url(a.png) no-repeat"),
    ),
    "css-linear-gradient": (
        styled("background-image:linear-gradient(#ffffff, rgb(0, 0, 0))"),
        styled("background-color:#000000;background-image:linear-gradient(#000000,#111111)"),
    ),
    "css-radial-gradient": (
        styled("background:radial-gradient(red,blue)"),
        styled("background:red"),
    ),
    "css-conic-gradient": (
        styled("background:conic-gradient(red,blue)"),
        '<td bgcolor="#ffffff" style="background:conic-gradient(red,blue)">a</td>',
    ),
    "css-background-clip": (
        styled("-webkit-background-clip:text"),
        styled("background-clip:padding-box"),
    ),
    "css-opacity": (styled("opacity:0"), styled("display:none;opacity:0") + styled("opacity:0.9")),
    "css-visibility": (styled("visibility:hidden"), styled("visibility:visible")),
    "css-clip-path": (styled("clip-path:circle(40%)"), styled("clip-path:none")),
    "css-mask-image": (styled("mask-image:url(a.png)"), styled("border-image:url(a.png)")),
    "css-object-fit": (styled("object-fit:cover"), styled("object-position:center")),
    "html-hidden": ("<p hidden>a</p>", '<p aria-hidden="true">a</p>'),
    "css-nesting": (
        sheet("a { color: red; & b { color: blue } }"),
        sheet("@media print { a { } }"),
    ),
    "css-at-import": (sheet("@import url(a.css);"), sheet("/* @import */ a { }")),
    "css-pseudo-element-before": (
        sheet("p::before { content: 'New' }"),
        sheet("p::before { content: '' }"),
    ),
    "css-pseudo-element-after": (
        sheet('p:after { content: "!" }'),
        sheet("p:after { content: none }"),
    ),
    "html-video": ("<video></video>", "<p>&lt;video></p>"),
    "html-audio": ("<audio></audio>", "<!-- <audio></audio> -->"),
    "html-object": ("<object></object>", "<p>object</p>"),
    "html-form": ("<form></form>", "<p>form</p>"),
    "html-input-text": ('<input type="text">', '<input type="checkbox">'),
    "html-textarea": ("<textarea></textarea>", "<p>textarea</p>"),
    "html-select": ("<select></select>", "<p>select</p>"),
    "html-input-submit": ('<input type="submit">', '<input type="radio">'),
    "html-button-submit": ("<button>a</button>", '<a role="button" href="https://a">a</a>'),
    "html-dialog": ("<dialog open>a</dialog>", "<p>dialog</p>"),
    "html-meter": ("<meter></meter>", "<p>meter</p>"),
    "html-progress": ("<progress></progress>", "<p>progress</p>"),
    "html-image-maps": ('<map name="a"></map>', '<img src="a.png" width="1">'),
    "html-svg": ("<svg></svg>", "<p>svg</p>"),
    "html-base": ('<base href="https://a">', '<a href="https://a">base</a>'),
    "image-webp": (img("https://a/b.webp?c"), img("https://a/webp.png")),
    "image-avif": (img("https://a/b.avif"), img("https://a/b.png")),
    "image-heif": (img("https://a/b.heic"), img("https://a/b.jpg")),
    "image-svg": (img("https://a/b.svg"), img("https://a/svg.gif")),
    "image-tiff": (img("https://a/b.tif"), img("https://a/b.png")),
    "image-ico": (img("https://a/b.ico"), img("https://a/b.icon.png")),
    "image-bmp": (img("https://a/b.bmp"), img("https://a/b.png")),
    "image-hdr": (img("https://a/b.jxr"), img("https://a/b.jpeg")),
    "image-mp4": (img("https://a/b.mp4"), '<a href="https://a/b.mp4">film</a>'),
    "image-base64": (img("data:image/png;base64,AAAA"), img("cid:data")),
}


def slugs(html: str, *clients: str) -> set[str]:
    return {problem.slug for problem in client_problems(html, clients or EVERYBODY)}


@pytest.mark.parametrize("slug", [feature.slug for feature in BREAKING])
def test_a_detector_finds_its_feature_and_not_its_neighbour(slug: str) -> None:
    bad, good = EXAMPLES[slug]

    assert features_in(seen(bad))[slug]
    assert slug not in features_in(seen(good))


def test_the_signs_of_a_feature_stand_in_the_order_of_the_letter_each_once() -> None:
    html = "".join(map(img, ("b.webp", "a.webp", "b.webp", "c.webp")))

    assert features_in(seen(html))["image-webp"] == ("b.webp", "a.webp", "c.webp")


@pytest.mark.parametrize("feature", BREAKING, ids=lambda feature: feature.slug)
def test_a_feature_is_told_of_where_the_table_says_no(feature: object) -> None:
    slug = getattr(feature, "slug", "")
    missing = getattr(feature, "missing", "")
    support = table().features[slug]

    for client in table().clients:
        told = slug in slugs(EXAMPLES[slug][0], client)
        assert told == (support.values[client] in missing), client


def test_every_feature_of_the_table_was_judged() -> None:
    breaking = [feature.slug for feature in BREAKING]

    assert len(set(breaking)) == len(breaking)
    assert not HARMLESS & set(breaking)
    assert HARMLESS | set(breaking) == set(table().features)


def test_the_table_is_small_and_says_what_it_is() -> None:
    path = Path(__file__).parents[3] / "composer" / "checks" / "tables" / "clients.json"

    assert path.stat().st_size < 200_000
    assert table().date >= "2026"
    assert {"gmail", "apple-mail", "outlook", "yahoo", "thunderbird"} <= set(table().families)


def test_clients_are_named_as_people_name_them() -> None:
    known = table()

    assert known.named(["gmail.ios", "nobody"]) == ("gmail.ios",)
    assert known.spoken(known.named(["gmail", "outlook.windows"])) == "Gmail and Outlook (Windows)"
    assert known.spoken(["gmail.ios", "gmail.android"]) == "Gmail (iOS, Android)"
    assert known.spoken([]) == ""


def test_what_outlook_for_windows_does_not_see_is_not_held_against_it() -> None:
    html = f"<!--[if !mso]><!-->{styled('display:flex')}<!--<![endif]-->"

    assert slugs(html, "outlook.windows") == set()
    assert slugs(styled("display:flex"), "outlook.windows") == {"css-display-flex"}
    assert slugs(f"<!--[if mso]>{styled('display:flex')}<![endif]-->") == set()


def test_a_finding_names_clients_feature_and_remedy() -> None:
    (problem,) = client_problems(img("https://a.example/b.webp"), ["outlook", "apple-mail"])

    assert (problem.family, problem.slug) == ("image", "image-webp")
    assert problem.message.endswith("does not work in Outlook (Windows)")
    assert problem.hint == "save the picture as PNG or JPEG"


@given(st.text(alphabet=";:()'\"a b-#%", max_size=60))
def test_any_style_is_read_to_its_end(style: str) -> None:
    for said in declarations(style):
        assert said.name


@pytest.mark.parametrize(
    "html",
    [
        "<a" * 100_000,
        '<a style="' + "a:(" * 50_000,
        '<a style="' + "a:(" * 50_000 + '">',
        "<style>" * 30_000,
        "<style>" + "a{;&" * 30_000 + "</style>",
        "<style>p::before{" * 10_000 + "</style>",
        "<!--[if !mso]><!-->" * 10_000,
    ],
    ids=range(7),
)
def test_hostile_html_comes_to_an_end(html: str) -> None:
    assert len(slugs(html)) <= len(BREAKING)
