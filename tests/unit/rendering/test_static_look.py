"""What is said of a template before any issue is rendered with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from composer.rendering.templates import FOLDER, Templates

NEVER = "{% if issue.number == 'never' %}"


def _problems(folder: Path, text: str, files: dict[str, str] | None = None) -> list[str]:
    own = folder / FOLDER
    for name, content in {"own.mjml.j2": text, **(files or {})}.items():
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_text(content, encoding="utf-8")
    found = Templates.of_site(folder).problems("own.mjml.j2")
    return [f"{e.place.line if e.place else 0}: {e.problem} | {e.hint}" for e in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n{% if issue %}", "2: Unexpected end of template."),
        (
            f"{NEVER}\n{{{{ isue.title }}}}{{% endif %}}",
            "2: there is no 'isue' | did you mean 'iss",
        ),
        (
            f"{NEVER}\n{{{{ issue.titel }}}}{{% endif %}}",
            "2: issue has no 'titel' | did you mean 't",
        ),
        ("{{ newsletter.palette.inc }}", "1: palette has no 'inc' | did you mean 'ink'?"),
        (
            "{% for s in sections %}\n{{ s.headng }}{% endfor %}",
            "2: section has no 'headng' | did ",
        ),
        (
            "{% for s in sections %}{% for b in s.blocks %}\n{{ b.hmtl }}{% endfor %}{% endfor %}",
            "2: block has no 'hmtl' | did you mean 'html'?",
        ),
        (
            f"{NEVER}{{{{ issue.title | uper }}}}{{% endif %}}",
            "1: No filter named 'uper'. | did you ",
        ),
        (
            f"{NEVER}{{% include 'lost.j2' %}}{{% endif %}}",
            "1: there is no file 'lost.j2' in email",
        ),
        ("{% from 'm.j2' import lost %}{{ lost() }}", "1: 'm.j2' has no 'lost' | "),
        ("{{ subscriber.first_name }}", "1: a template has no subscriber | write {{ subscriber.FI"),
    ],
)
def test_a_mistake_is_found_on_its_line(tmp_path: Path, text: str, expected: str) -> None:
    found = _problems(tmp_path, text, {"m.j2": "{% macro here() %}x{% endmacro %}"})

    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    "text",
    [
        "{{ issue.title }}{{ newsletter.palette.ink }}{{ t.web_version }}{{ range(3) }}",
        "{% for s in sections %}{{ loop.index }}{{ s.id }}{% endfor %}",
        "{% for b in introduction %}{{ b.kind }}{{ b.html }}{{ b.items }}{% endfor %}",
        "{% for issue in range(3) %}{{ issue.anything }}{% endfor %}",
        "{% set issue = namespace(a=1) %}{{ issue.a }}",
        "{{ colour is defined }}{{ shade | default('x') }}{{ issue.tint | d('y') }}",
        "{% macro a(b) %}{{ b.c }}{{ caller() }}{{ varargs }}{% endmacro %}",
        "{% from 'm.j2' import here as there %}{{ there() }}{% import 'm.j2' as m %}{{ m.here() }}",
        "{% include 'lost.j2' ignore missing %}{% include ['lost.j2', 'm.j2'] %}",
        "{% for b in introduction %}{% include b.kind ~ '.j2' %}{% endfor %}",
        "{% if issue.number %}{% set a = 1 %}{% endif %}{{ a }}",
        "{{ sections[0].anything }}{{ (sections | first).heading }}{{ issue.title.upper() }}",
    ],
)
def test_nothing_is_said_of_what_is_right_or_not_known(tmp_path: Path, text: str) -> None:
    assert _problems(tmp_path, text, {"m.j2": "{% macro here() %}x{% endmacro %}"}) == []


def test_a_piece_may_use_what_its_letter_has_made(tmp_path: Path) -> None:
    _problems(tmp_path, "{% set accent = 'red' %}{% include 'own/a.j2' %}", {"own/a.j2": ""})
    piece = tmp_path / FOLDER / "own" / "a.j2"
    piece.write_text("{{ accent }}\n{{ acent }}", encoding="utf-8")

    found = Templates.of_site(tmp_path).problems("own/a.j2")

    assert [(e.problem, e.place and e.place.line) for e in found] == [("there is no 'acent'", 2)]


def test_nothing_is_said_of_the_templates_that_are_shipped() -> None:
    templates = Templates.of_site(None)
    folder = templates.folders[-1]
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*.j2")]

    assert len(names) > 9
    assert [problem for name in names for problem in templates.problems(name)] == []
