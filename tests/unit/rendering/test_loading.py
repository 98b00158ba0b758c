"""A template's text is compiled once in a process, and nobody can tell."""

from __future__ import annotations

import pytest
from jinja2 import TemplateNotFound

from composer.rendering.loading import Loader
from composer.rendering.sandbox import BUDGET, Budget, Sandbox


def sandbox(files: dict[str, str]) -> Sandbox:
    def read(name: str) -> tuple[str, str] | None:
        return (files[name], f"/site/{name}") if name in files else None

    return Sandbox(Loader(read))


def rendered(environment: Sandbox, name: str, **values: str) -> str:
    token = BUDGET.set(Budget())
    try:
        return environment.get_template(name).render(values)
    finally:
        BUDGET.reset(token)


def test_two_sandboxes_run_the_same_program_with_files_of_their_own() -> None:
    text = "{{ word }} {% include 'other.j2' %}"
    here, there = (sandbox({"a.j2": text, "other.j2": other}) for other in ("here", "there"))

    assert rendered(here, "a.j2", word="from") == "from here"
    assert rendered(there, "a.j2", word="from") == "from there"
    programs = [each.get_template("a.j2").root_render_func.__code__ for each in (here, there)]
    assert programs[0] is programs[1]


def test_a_text_that_was_changed_is_another_program() -> None:
    before, after = (sandbox({"a.j2": text}) for text in ("one", "two"))

    assert rendered(before, "a.j2") == "one"
    assert rendered(after, "a.j2") == "two"


def test_what_a_template_asks_for_is_known_to_each_sandbox_that_loads_it() -> None:
    first, second, without = (sandbox({"a.j2": "{{ issue.subject }}"}) for _ in range(3))
    for each in (first, second):
        each.get_template("a.j2")

    assert first.asks_for({"subject"})
    assert second.asks_for({"subject"})
    assert not without.asks_for({"subject"})


def test_a_file_that_is_not_there_is_asked_for_again() -> None:
    files: dict[str, str] = {}
    environment = sandbox(files)
    with pytest.raises(TemplateNotFound):
        environment.get_template("late.j2")
    files["late.j2"] = "here"

    assert rendered(environment, "late.j2") == "here"
