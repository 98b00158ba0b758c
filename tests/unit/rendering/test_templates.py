from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from composer.errors import TemplateError
from composer.rendering.compile import compile_edition
from composer.rendering.templates import Templates
from tests.unit.rendering.samples import (
    BOARD,
    EVERYTHING,
    NEWSLETTER,
    compiled,
    issue,
    letter,
    literals,
)


def _fails(tmp_path: Path, body: str) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        compiled(issue(), letter(tmp_path, body))
    return caught.value


def _text(tmp_path: Path, body: str) -> str:
    html = literals(compiled(issue(), letter(tmp_path, f"<mj-text><i>{body}</i></mj-text>")).html)
    return html[html.index("<i>") + 3 : html.rindex("</i>")]


# --- finding --------------------------------------------------------------------------


def test_a_file_of_the_site_shadows_ours_and_the_others_stay(tmp_path: Path) -> None:
    site = Templates.of_site(tmp_path)
    ours = Templates.of_site(None)
    name = "monitor.mjml.j2"
    assert site.path(name) == ours.path(name)

    own = tmp_path / "email_templates" / name
    own.parent.mkdir()
    own.write_text("<mjml></mjml>", encoding="utf-8")

    assert site.path(name) == own
    assert site.read(name) == "<mjml></mjml>"


def test_the_letters_are_known_by_name(tmp_path: Path) -> None:
    assert "monitor" in Templates.of_site(None).names
    assert Templates((tmp_path / "none",)).names == ()


def test_an_unknown_template_is_an_error_that_guesses(tmp_path: Path) -> None:
    templates = letter(tmp_path, "")

    with pytest.raises(TemplateError, match="there is no template 'leter'") as caught:
        templates.entry("leter")
    assert caught.value.hint == "did you mean 'letter'?"
    with pytest.raises(TemplateError) as caught:
        templates.entry("zzz")
    assert caught.value.hint == "there are: letter"


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "a/../../secret", "..\\secret", "a\0b", "", "."]
)
def test_no_name_leads_out_of_the_folders(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("s", encoding="utf-8")

    with pytest.raises(TemplateError, match="outside email_templates"):
        Templates((tmp_path / "inside",)).read(name)


def test_no_link_leads_out_of_the_folders(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.j2").write_text("s", encoding="utf-8")
    (inside / "a.j2").symlink_to(tmp_path / "secret.j2")
    (inside / "b").symlink_to(tmp_path)
    (inside / "c.j2").write_text("c", encoding="utf-8")
    (inside / "d.j2").symlink_to(inside / "c.j2")
    templates = Templates((inside,))

    for name in ("a.j2", "b/secret.j2"):
        with pytest.raises(TemplateError, match="is a link to a file outside"):
            templates.read(name)
    assert templates.read("d.j2") == "c"


def test_a_file_that_is_not_text_is_an_error_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_bytes(b"one\ntwo \xff")
    (tmp_path / "b.j2").write_bytes(b"x" * 600_000)

    with pytest.raises(TemplateError, match=r"a\.j2:2: is not UTF-8"):
        Templates((tmp_path,)).read("a.j2")
    with pytest.raises(TemplateError, match="longer than 512 kB"):
        Templates((tmp_path,)).read("b.j2")


# --- errors of people who write templates ------------------------------------------------


@pytest.mark.parametrize(
    ("body", "line", "problem", "hint"),
    [
        ("\n{{ issue.titel }}", 2, "issue has no 'titel'", "did you mean 'title'?"),
        ("\n\n{{ isue.title }}", 3, "there is no 'isue'", "did you mean 'issue'?"),
        ("{{ subscriber.name }}", 1, "a template has no subscriber", "{{ subscriber.FIELD }}"),
        ("{{ t.contens }}", 1, "t has no 'contens'", "did you mean 'contents'?"),
        ("{% if %}", 1, "Expected an expression", ""),
        ("\n{% for x in sections %}", 2, "Unexpected end of template", ""),
        ("{{ issue.title | uper }}", 1, "No filter named 'uper'", "did you mean 'upper'?"),
        ("{{ issue.title is defind }}", 1, "No test named 'defind'", "did you mean 'defined'?"),
        ("\n{% include 'none.j2' %}", 2, "there is no file 'none.j2' in email_templates/", ""),
        ("{% include '../none.j2' %}", None, "outside email_templates/", "only one another"),
        ("{{ 1 / 0 }}", 1, "division by zero", ""),
        ("{{ issue.year + 'a' }}", 1, "unsupported operand", ""),
    ],
)
def test_a_mistake_is_an_error_with_its_line(
    tmp_path: Path, body: str, line: int | None, problem: str, hint: str
) -> None:
    error = _fails(tmp_path, body)

    assert problem in error.problem
    assert hint in error.hint
    if line is not None:
        assert error.place is not None
        assert (error.place.path.name, error.place.line) == ("letter.mjml.j2", line)


def test_a_mistake_in_an_included_file_is_placed_there(tmp_path: Path) -> None:
    (tmp_path / "part.j2").write_text("\n\n{{ nothing }}", encoding="utf-8")

    error = _fails(tmp_path, "{% include 'part.j2' %}")

    assert error.place is not None
    assert (error.place.path.name, error.place.line) == ("part.j2", 3)


# --- everything ends ------------------------------------------------------------------


ENDLESS = {
    "loop over loops": "{% for a in range(9999) %}{% for b in range(9999) %}"
    "{% endfor %}{% endfor %}",
    "loop that shows nothing": "{% for a in range(9999) %}{% for b in range(9999) if false %}"
    "{% endfor %}{% endfor %}",
    "macro that calls itself twice": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}"
    "{% endif %}{% endmacro %}{{ f(60) }}",
    "macro that calls itself": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "file that includes itself": "{% include 'letter.mjml.j2' %}",
    "text that doubles": "{% set n = namespace(s='xxxx') %}{% for i in range(99) %}"
    "{% set n.s = n.s ~ n.s %}{% endfor %}",
    "sum that doubles": "{% set n = namespace(s='xxxx') %}{% for i in range(99) %}"
    "{% set n.s = n.s + n.s %}{% endfor %}",
    "list that doubles": "{% set n = namespace(s=[1]) %}{% for i in range(99) %}"
    "{% set n.s = n.s + n.s %}{% endfor %}",
    "block that doubles": "{% set n = namespace(s='xxxx') %}{% for i in range(99) %}"
    "{% set n.s %}{{ n.s }}{{ n.s }}{% endset %}{% endfor %}",
    "repeated text": "{{ 'a' * 100000000 }}",
    "repeated text, the other way": "{{ 100000000 * 'a' }}",
    "power": "{{ 9 ** 999999999 }}",
    "power of a power": "{% set n = namespace(i=9) %}{% for i in range(99) %}"
    "{% set n.i = n.i * n.i %}{% endfor %}",
    "long range": "{{ range(100000000) | list }}",
    "formatted width": "{{ '%999999999d' % 1 }}",
    "format()": "{{ '{:>999999999}'.format(1) }}",
    "center": "{{ 'a' | center(999999999) }}",
    "ljust()": "{{ 'a'.ljust(999999999) }}",
    "replace": "{{ ('a' * 9999) | replace('a', 'b' * 9999) }}",
    "join": "{{ range(9999) | join('b' * 9999) }}",
    "much output": "{% for i in range(9999) %}{{ 'a' * 999 }}{% endfor %}",
    "lipsum": "{{ lipsum(n=99999999) }}",
}


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS.keys())
def test_a_template_that_would_not_end_is_an_error(tmp_path: Path, body: str) -> None:
    assert _fails(tmp_path, body).problem


def test_after_one_that_did_not_end_the_next_has_its_full_budget(tmp_path: Path) -> None:
    _fails(tmp_path / "a", ENDLESS["loop over loops"])

    body = "{% for a in range(100) %}{% for b in range(100) %}{% endfor %}{% endfor %}x"
    assert _text(tmp_path / "b", body) == "x"


# --- no way out -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ issue.__init__.__globals__ }}",
        "{{ issue['__class__'] }}",
        "{{ issue | attr('__class__') }}",
        "{{ self._TemplateReference__context }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ lipsum.__globals__['os'] }}",
        "{{ joiner }}",
        "{{ range.__self__ }}",
        "{{ newsletter.palette.__class__ }}",
        "{{ ''['format']('{0.__class__}', issue) }}",
        "{{ '{0.__class__}' | format(issue) }}",
        "{{ sections.append(1) }}",
        "{{ t.update({'a': 1}) }}",
        "{{ t.clear() }}",
        "{{ issue.title.encode('utf-8') }}",
        "{{ ['__class__'] | map(attribute='__class__') | first }}",
        "{{ dict(a=1).__class__ }}",
        "{{ namespace.__init__ }}",
        "{{ config }}",
        "{{ request }}",
        "{% set issue.title = 'x' %}",
    ],
)
def test_nothing_outside_the_view_can_be_reached(tmp_path: Path, body: str) -> None:
    _fails(tmp_path, body)


def test_what_people_need_works(tmp_path: Path) -> None:
    body = (
        "{% set n = namespace(total=0) %}{% for i in range(3) %}{% set n.total = n.total + i %}"
        "{% endfor %}{{ n.total }} {{ 'a' ~ 1 }} {{ '-' * 5 }} {{ 7 % 4 }} {{ 2 ** 10 }} "
        "{{ ['a', 'b'] | join(', ') }} {{ 'a<b' }} {{ 'x' | replace('x', '<') }} "
        "{{ t.items() | list | length > 3 }} {{ 'ab'.startswith('a') }}"
    )

    assert _text(tmp_path, body) == "3 a1 ----- 3 1024 a, b a&lt;b &lt; True True"


def test_plain_values_are_escaped_and_ours_are_not(tmp_path: Path) -> None:
    body = "{{ '<b>' }}{{ unsubscribe_url is string }}{{ introduction[0].html }}"

    assert _text(tmp_path, body) == "&lt;b&gt;TrueNothing happened."


def test_what_an_issue_asks_for_goes_before_what_the_site_says() -> None:
    made = compile_edition(
        replace(EVERYTHING, template="letter"), NEWSLETTER, Templates.of_site(None), BOARD
    )

    assert 'class="signature"' in "".join(p for p in made.html if isinstance(p, str))
