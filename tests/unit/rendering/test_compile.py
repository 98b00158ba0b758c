from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import SourceError, TemplateError
from composer.model.edition import Context, Edition, EditionKey, Slot, slots_of
from composer.model.issue import (
    Button,
    CodeBlock,
    Emphasis,
    Expression,
    Image,
    LineBreak,
    Link,
    Subheading,
    Text,
)
from composer.model.settings import ImageMode
from composer.rendering.compile import Compiler, compile_edition
from composer.rendering.encoders import fill
from composer.rendering.templates import Templates
from tests.unit.rendering.samples import (
    AT,
    BOARD,
    EVERYTHING,
    KEY,
    LETTER,
    NEWSLETTER,
    PLAIN,
    PLAIN_TEMPLATES,
    PUBLIC,
    VALUES,
    compiled,
    image,
    issue,
    letter,
    link,
    literals,
    paragraph,
    personal,
    picture,
    section,
    with_locale,
    words,
)

INTRODUCTION = "{% for b in introduction %}{{ b.html }}{% endfor %}"


def _plain(key: EditionKey = BOARD) -> Edition:
    return compile_edition(EVERYTHING, PLAIN, PLAIN_TEMPLATES, key)


def _body(tmp_path: Path, *blocks: object, body: str = INTRODUCTION) -> str:
    """The HTML that the introduction of an issue makes, slots as `{name}`."""
    made = issue(*blocks)  # type: ignore[arg-type]  # blocks of tests
    html = literals(compiled(made, letter(tmp_path, f"<mj-text><i>{body}</i></mj-text>")).html)
    return html[html.index("<i>") + 3 : html.rindex("</i>")]


# --- slots ----------------------------------------------------------------------------


def test_every_personal_value_is_a_slot_in_the_context_of_its_place() -> None:
    edition = _plain()

    assert set(slots_of(edition.html)) == {
        Slot("subscriber.first_name", Context.HTML, "you"),
        Slot("subscriber.first_name", Context.HTML, "reader"),
        Slot("subscriber.first_name", Context.HTML, None),
        Slot("subscriber.organisation", Context.HTML, "your desk"),
        Slot("subscriber.member_id", Context.URL_PART, "0"),
        Slot("preferences_url", Context.URL, None),
        Slot("unsubscribe_url", Context.URL, None),
    }
    assert set(slots_of(edition.text)) == {
        Slot("subscriber.first_name", Context.TEXT, "reader"),
        Slot("subscriber.first_name", Context.TEXT, None),
        Slot("subscriber.organisation", Context.TEXT, "your desk"),
        Slot("subscriber.member_id", Context.TEXT_URL_PART, "0"),
        Slot("preferences_url", Context.TEXT_URL, None),
        Slot("unsubscribe_url", Context.TEXT_URL, None),
    }


def test_subject_and_preheader_are_cut_too() -> None:
    edition = _plain(PUBLIC)
    name = "subscriber.first_name"

    assert edition.subject == (Slot(name, Context.HEADER, "Reader"), ", a loud tariff")
    assert edition.preheader == (
        "Three ports, one tariff, for ",
        Slot(name, Context.TEXT, "you"),
        ".",
    )


def test_each_variant_has_its_subject() -> None:
    assert _plain(BOARD).subject == ("Harbour Watch 14: a quiet strike",)
    assert _plain(BOARD).digest != _plain(PUBLIC).digest


def test_no_two_neighbours_are_both_literals() -> None:
    edition = _plain()

    for parts in (edition.html, edition.text, edition.subject, edition.preheader):
        for before, after in pairwise(parts):
            assert not (isinstance(before, str) and isinstance(after, str))


def test_our_own_values_are_literals(tmp_path: Path) -> None:
    names = ("issue.title", "issue.number", "issue.date", "issue.id", "newsletter.publisher")
    made = paragraph(*(Expression(name, None, AT) for name in names))

    assert _body(tmp_path, made) == "Harbour Watch No. 11November 20, 20262026-001The Harbour Desk"


def test_our_own_value_that_is_empty_takes_its_default(tmp_path: Path) -> None:
    made = replace(issue(paragraph(Expression("issue.number", "n/a", AT))), number="")

    html = literals(
        compiled(made, letter(tmp_path, f"<mj-text><i>{INTRODUCTION}</i></mj-text>")).html
    )
    assert "<i>n/a</i>" in html


def test_a_value_that_nobody_knows_is_an_error_with_its_place(tmp_path: Path) -> None:
    wrong = Expression("issue.nothing", None, AT)

    with pytest.raises(SourceError, match=r"issue\.md:1:1: error\[merge/unknown-field\]"):
        _body(tmp_path, paragraph(wrong))


def test_a_heading_text_says_a_value_by_its_default_or_its_field(tmp_path: Path) -> None:
    heading = words(
        "A ", Emphasis(words("b")), LineBreak(), personal("x", "c"), " ", personal("y"), " ",
        Expression("issue.number", None, AT),
    )  # fmt: skip
    made = replace(issue(), sections=(replace(section("x"), heading=heading),))

    edition = compiled(made, letter(tmp_path, "<mj-text>{{ sections[0].heading_text }}</mj-text>"))

    assert ">A b c [y] 1<" in literals(edition.html)


def test_a_template_may_show_a_heading_twice(tmp_path: Path) -> None:
    heading = (Text("For "), personal("name", "you"))
    made = replace(issue(), sections=(replace(section("x"), heading=heading),))
    body = "{{ sections[0].heading }}{{ sections[0].heading }}{{ sections[0].heading_text }}"

    html = literals(compiled(made, letter(tmp_path, f"<mj-text>{body}</mj-text>")).html)

    assert "For {subscriber.name}For {subscriber.name}For you" in html


def test_a_subject_may_stand_in_the_title_that_mjml_copies_into_an_attribute(
    tmp_path: Path,
) -> None:
    made = replace(issue(), subjects={"": ('"A" for ', personal("name", "you"))})

    edition = compiled(made, letter(tmp_path, "", head="<mj-title>{{ issue.subject }}</mj-title>"))

    name = "subscriber.name"
    assert list(slots_of(edition.html)) == [
        Slot(name, Context.HTML, "you"),
        Slot(name, Context.ATTRIBUTE, "you"),
    ]
    assert """aria-label='"A" for &quot;&#x27;'""" in fill(edition.html, {name: "\"'"})


@pytest.mark.parametrize(
    "body",
    [
        '<mj-text><p style="color:{{ introduction[0].html }}">x</p></mj-text>',
        "<mj-text><!-- {{ introduction[0].html }} --></mj-text>",
        '<mj-text><p id="{{ introduction[0].html }}">x</p></mj-text>',
        '<mj-text><a href="https://{{ introduction[0].html }}/">x</a></mj-text>',
        '<mj-text padding="{{ introduction[0].html }}">x</mj-text>',
        "<mj-text>{{ unsubscribe_url }}</mj-text>",
        '<mj-button css-class="{{ introduction[0].html }}">x</mj-button>',
        "<mj-text><{{ introduction[0].html }}></mj-text>",
        '<mj-text nothing="{{ introduction[0].html }}">x</mj-text>',
    ],
)
def test_a_template_that_puts_a_value_where_none_is_safe_is_an_error(
    tmp_path: Path, body: str
) -> None:
    made = issue(paragraph(personal("name", "you")))

    with pytest.raises(TemplateError):
        compiled(made, letter(tmp_path, body))


def test_a_value_in_a_style_sheet_is_an_error(tmp_path: Path) -> None:
    made = issue(paragraph(personal("name", "you")))
    head = "<mj-style>@media print { .a { content: '{{ introduction[0].html }}' } }</mj-style>"

    with pytest.raises(TemplateError, match="stands in a style sheet"):
        compiled(made, letter(tmp_path, "", head=head))


# --- values never become anything else ---------------------------------------------------


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [name for name, _ in attrs]))

    def handle_comment(self, data: str) -> None:
        self.found.append((data, []))


def _tags(html: str) -> list[tuple[str, list[str]]]:
    """Every tag with the names of its attributes, and every comment."""
    return _Tags(html).found


ATTACKS = [
    "{{ 7*7 }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{{ issue.__class__ }}",
    "{# comment #}",
    "<script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "<!--[if mso]>",
    "-->",
    "<mj-text>x</mj-text>",
    "<mj-include path='/etc/passwd' />",
    "&lt;b&gt;",
    "&#60;b&#62;",
    "*|FNAME|*",
    "%recipient.name%",
    "${7*7}",
    "900000000000000000000000",
    "\\u{a0}\\n",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_value_comes_out_as_text(attack: str) -> None:
    edition = _plain()
    values = VALUES | {"subscriber.first_name": attack, "subscriber.member_id": attack}
    html = fill(edition.html, values)

    assert _tags(html) == _tags(fill(edition.html, VALUES))
    assert f"dear {attack} of" in unescape(html)
    assert f"dear {attack} of" in " ".join(fill(edition.text, values).split())


@pytest.mark.parametrize("attack", ATTACKS)
def test_words_of_an_issue_come_out_as_words(attack: str) -> None:
    made = replace(
        issue(
            paragraph(attack),
            CodeBlock(attack, AT),
            image(alt=attack, caption=attack),
            Subheading(3, (Text(attack),), AT),
            paragraph(link("https://a.example/", attack, title=attack)),
            sections=(section(attack, id_="s"),),
        ),
        title=attack,
        authors=(attack,),
        categories=(attack,),
        subjects={"": (attack,)},
        preheader=(attack,),
    )
    newsletter = replace(PLAIN, name=attack, postal_address=attack, reason=attack)

    edition = compile_edition(made, newsletter, PLAIN_TEMPLATES, KEY)

    html = literals(edition.html)
    assert unescape(html).count(attack) >= 13
    assert "<script" not in html
    assert "<img src=x" not in html
    assert set(slots_of(edition.html)) == {
        Slot("preferences_url", Context.URL),
        Slot("unsubscribe_url", Context.URL),
    }
    assert literals(edition.text).count(attack) >= 10


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40))
def test_any_text_of_an_issue_is_in_both_parts(words: str) -> None:
    edition = compile_edition(issue(paragraph(words)), PLAIN, PLAIN_TEMPLATES, KEY)

    assert words in unescape(literals(edition.html))
    assert words in literals(edition.text).replace("\n", "")


# --- links and pictures ---------------------------------------------------------------


def test_a_link_keeps_its_target_and_gets_no_tracking(tmp_path: Path) -> None:
    made = paragraph(link("https://a.example/x?a=1&b=ü#c", "words"))

    body = _body(tmp_path, made)

    assert 'href="https://a.example/x?a=1&amp;b=%C3%BC#c"' in body
    assert body.endswith(">words</a>")


def test_a_link_without_words_shows_its_target(tmp_path: Path) -> None:
    assert ">https://a.example/</a>" in _body(tmp_path, paragraph(link("https://a.example/")))


@pytest.mark.parametrize("target", ["javascript:alert(1)", "JavaScript:x", "data:x", "/x", "x", ""])
def test_a_link_that_leads_nowhere_safe_is_an_error_with_its_place(
    tmp_path: Path, target: str
) -> None:
    with pytest.raises(SourceError, match=r"error\[link/scheme\]"):
        _body(tmp_path, paragraph(link(target, "x")))
    with pytest.raises(SourceError, match=r"error\[link/scheme\]"):
        compile_edition(issue(Button((Text("x"),), (target,), AT)), PLAIN, PLAIN_TEMPLATES, KEY)


def test_our_own_base_may_begin_a_link_and_other_values_are_quoted(tmp_path: Path) -> None:
    base, title = Expression("newsletter.base_url", None, AT), Expression("issue.title", None, AT)
    made = Link((base, "/x?t=", title, "&u=", personal("id", "0")), (Text("x"),), "", AT)

    body = _body(tmp_path, paragraph(made))

    assert (
        'href="https://news.example.org/x?t=Harbour%20Watch%20No.%201&amp;u={subscriber.id}"'
        in body
    )


def test_a_target_that_is_all_personal_is_a_slot_of_its_own_kind() -> None:
    made = Link((personal("site", None),), (Text("x"),), "", AT)

    edition = compile_edition(issue(paragraph(made)), PLAIN, PLAIN_TEMPLATES, KEY)

    assert Slot("subscriber.site", Context.URL) in set(slots_of(edition.html))


IMAGES = '{% for b in introduction %}<img src="{{ b.src }}" alt="{{ b.alt }}" />{% endfor %}'


def test_a_picture_used_twice_travels_once(tmp_path: Path) -> None:
    copy = picture("images/copy.png")
    made = issue(image(), image(copy), image(picture("other/cranes.png", shade=7)))

    edition = compiled(made, letter(tmp_path, f"<mj-text>{IMAGES}</mj-text>"))

    first, other = edition.images
    html = literals(edition.html)
    assert html.count(f'src="cid:{first.cid}"') == 2
    assert html.count(f'src="cid:{other.cid}"') == 1
    digest = hashlib.sha256(first.data).hexdigest()
    assert first.cid == f"{digest[:16]}@news.example.org"
    assert first.filename == "cranes.png"
    assert other.filename != first.filename
    assert first.media_type == "image/png"


def test_a_file_name_is_safe_everywhere(tmp_path: Path) -> None:
    made = issue(image(picture('images/é "x"/Kräne am Kai; 1.PNG')))

    (part,) = compiled(made, letter(tmp_path, f"<mj-text>{IMAGES}</mj-text>")).images

    assert re.fullmatch(r"[A-Za-z0-9._-]+", part.filename)
    assert part.filename.endswith(".png")


def test_pictures_may_be_links_below_the_base_url(tmp_path: Path) -> None:
    newsletter = replace(LETTER, images=ImageMode.URL)
    made = issue(image(picture("images/a b.png")))

    edition = compile_edition(
        made, newsletter, letter(tmp_path, f"<mj-text>{IMAGES}</mj-text>"), KEY
    )

    assert edition.images == ()
    url = "https://news.example.org/issues/2026-001/images/a%20b.png"
    assert f'src="{url}"' in literals(edition.html)


def test_a_remote_picture_keeps_its_url_and_no_other_scheme_passes(tmp_path: Path) -> None:
    remote = Image("https://a.example/i.png?x=1&y", None, ("i",), "", None, None, AT)

    assert 'src="https://a.example/i.png?x=1&amp;y"' in _body(tmp_path, remote, body=IMAGES)
    with pytest.raises(SourceError, match="image/scheme"):
        _body(tmp_path, replace(remote, source="data:image/png;base64,x"), body=IMAGES)


def test_a_picture_is_shown_at_the_width_asked_for_in_its_own_proportions(tmp_path: Path) -> None:
    size = "{% for b in introduction %}{{ b.width }}x{{ b.height }} {% endfor %}"
    own = replace(image(), width=None)
    remote = Image("https://a.example/i.png", None, ("i",), "", None, None, AT)

    assert _body(tmp_path, image(), own, remote, body=size).split() == [
        "560x315",
        "1120x630",
        "x",
    ]


# --- the whole ------------------------------------------------------------------------


def test_both_parts_say_the_same() -> None:
    """Every word between the tags of the HTML is in the text, but what the inbox shows."""
    for key in (BOARD, PUBLIC):
        edition = _plain(key)
        html = fill(edition.html, VALUES)
        body = html[html.index("</title>") : html.index("</body>")]
        body = body[body.index('role="article"') :]
        body = re.sub(r"<!--.*?-->|<style.*?</style>", " ", body, flags=re.DOTALL)
        words = unescape(re.sub(r"<[^>]*>", " ", f"<{body}")).split()
        text = fill(edition.text, VALUES).split()

        missing = [w for w in words if w.strip(".,;:()“”") not in " ".join(text) and w != "·"]

        assert not missing


def test_every_target_is_in_both_parts() -> None:
    edition = _plain()
    targets = set(re.findall(r'href="([^"#][^"]*)"', fill(edition.html, VALUES)))

    assert len(targets) == 7
    text = fill(edition.text, VALUES)
    assert not [t for t in targets if unescape(t).removeprefix("mailto:") not in text]


def test_the_letter_is_a_whole_document() -> None:
    html = literals(_plain().html)

    assert html.startswith('<!DOCTYPE html>\n<html lang="en" dir="ltr"')
    assert html.count("<!--[if") == html.count("<![endif]-->")
    assert 'charset=UTF-8"' in html
    assert "<mj-" not in html


def test_lang_and_direction_are_the_issues() -> None:
    for locale, direction in (("ar", "rtl"), ("he-IL", "rtl"), ("de", "ltr"), ("ku-Latn", "ltr")):
        edition = compile_edition(with_locale(EVERYTHING, locale), PLAIN, PLAIN_TEMPLATES, PUBLIC)
        assert f'<html lang="{locale}" dir="{direction}"' in literals(edition.html)


def test_a_language_brings_its_words_and_its_dates() -> None:
    made = compile_edition(with_locale(EVERYTHING, "de-AT"), PLAIN, PLAIN_TEMPLATES, PUBLIC)

    for part in (literals(made.html), literals(made.text)):
        assert "Anmerkung der Redaktion" in part
        assert "20. November 2026" in part


def test_the_mjml_is_for_people_to_read() -> None:
    mjml = _plain().mjml

    assert "dear {{ subscriber.first_name }} of Harbour Watch" in mjml
    assert 'href="{{ unsubscribe_url }}"' in mjml


def test_the_same_input_makes_the_same_bytes_in_one_process() -> None:
    assert _plain() == _plain()
    assert _plain().mjml == _plain().mjml


def test_several_threads_make_the_same_bytes() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = set(threads.map(lambda n: _plain((BOARD, PUBLIC)[n % 2]).digest, range(16)))

    assert made == {_plain(BOARD).digest, _plain(PUBLIC).digest}


_DIGESTS = """
import sys
from composer.rendering.compile import compile_edition
from composer.rendering.templates import Templates
from tests.unit.rendering import samples as s
made = [compile_edition(s.EVERYTHING, s.PLAIN, s.PLAIN_TEMPLATES, s.BOARD)]
made.append(compile_edition(s.EVERYTHING, s.PLAIN, s.PLAIN_TEMPLATES, s.PUBLIC))
made.append(compile_edition(s.EVERYTHING, s.NEWSLETTER, Templates.of_site(None), s.BOARD))
print(*(e.digest for e in made), made[0].mjml)
assert "requests" not in sys.modules, "what could fetch is not even read"
"""


def test_the_same_input_makes_the_same_bytes_in_another_process() -> None:
    root = Path(__file__).parents[3]
    said = {
        subprocess.run(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-c", _DIGESTS],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale},
            cwd=root,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed, zone, locale in (("1", "UTC", "C"), ("2", "Asia/Tokyo", "C.UTF-8"))
    }

    assert len(said) == 1
    assert said.pop().count("sha256:") == 3


def _words(edition: Edition) -> set[str]:
    """Letters and digits that a reader sees of an edition's HTML, word by word."""
    html = fill(edition.html, VALUES)
    body = re.sub(r"<!--.*?-->", "", html[html.index('role="article"') :], flags=re.DOTALL)
    return set(re.findall(r"\w+", unescape(re.sub(r"<[^>]*>", " ", body))))


def test_the_letter_that_we_ship_shows_all_that_an_issue_holds() -> None:
    """A kind of block that the template forgot would be lost without a word."""
    for key in (BOARD, PUBLIC):
        edition = compile_edition(EVERYTHING, NEWSLETTER, Templates.of_site(None), key)
        assert not _words(_plain(key)) - _words(edition)
        assert {s.name for s in slots_of(edition.html)} == {
            s.name for s in slots_of(_plain(key).html)
        }


def test_editions_that_share_work_are_those_that_were_made_alone() -> None:
    german = replace(EVERYTHING, locale="de", title="Auf Deutsch")
    made = replace(
        EVERYTHING,
        preheaders={"a": ("First",), "b": ("Second ", personal("name", "you"))},
        translations={"de": replace(german, preheaders={"a": ("Eins",), "b": ("Zwei",)})},
    )
    keys = [
        EditionKey(locale, variant, segments)
        for locale in made.locales
        for variant in made.variants
        for segments in ((), ("board",))
    ]
    for templates, letterhead in ((PLAIN_TEMPLATES, PLAIN), (Templates.of_site(None), NEWSLETTER)):
        compiler = Compiler(made, letterhead, templates)
        together = [compiler.edition(key) for key in keys]

        assert together == [compile_edition(made, letterhead, templates, key) for key in keys]
        assert len({edition.digest for edition in together}) == len(keys)


def test_variants_of_the_subject_share_what_was_made_of_one_text() -> None:
    compiler = Compiler(EVERYTHING, NEWSLETTER, Templates.of_site(None))

    a, b = (compiler.edition(EditionKey("en", variant)) for variant in ("a", "b"))

    assert a.subject != b.subject
    assert a.html is b.html
    assert a.text is b.text


@pytest.mark.parametrize(
    "asks",
    [
        "{{ issue.subject }}",
        '{{ issue["subject"] }}',
        '{{ issue["sub" ~ "ject"] }}',
        '{{ [issue] | map(attribute="subject") | first }}',
        "{% set it = issue %}{{ it.subject }}",
        "{% macro said(of) %}{{ of.subject }}{% endmacro %}{{ said(issue) }}",
        "{% if issue.subject == 'Loud' %}Loud{% else %}Quiet{% endif %}",
    ],
)
def test_a_subject_that_stands_in_the_letter_is_each_variants_own(
    tmp_path: Path, asks: str
) -> None:
    folder = tmp_path / "email_templates"
    folder.mkdir()
    page = f"<mjml><mj-body><mj-section><mj-column><mj-text>{asks}"
    link = '<a href="{{ unsubscribe_url }}">x</a>'
    end = "</mj-text></mj-column></mj-section></mj-body></mjml>"
    (folder / "tiny.mjml.j2").write_text(f"{page} {link}{end}", "utf-8")
    made = replace(issue(), subjects={"a": ("Quiet",), "b": ("Loud",)}, template="tiny")
    compiler = Compiler(made, NEWSLETTER, Templates.of_site(tmp_path))

    for variant, word in (("a", "Quiet"), ("b", "Loud")):
        assert word in literals(compiler.edition(EditionKey("en", variant)).html)
