"""Rendering opens no socket and no file outside the templates: two witnesses say so.

An audit hook sees what Python does; it watches a process of its own, since it cannot be taken
away again. A listening port, which every hostile URL names, sees what compiled code does.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]

_SCRIPT = r"""
import json, os, socket, sys
from dataclasses import replace
from pathlib import Path

# Python itself reads modules, also those that wait for the first error or the first name of a host.
import encodings.idna
import jinja2.debug

from composer.errors import ComposerError
from composer.rendering.compile import compile_edition
from composer.rendering.templates import Templates
from tests.unit.rendering import samples as s

site, names, port = Path(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3])
allowed = tuple(sys.argv[4:])
compile_edition(s.EVERYTHING, s.PLAIN, s.PLAIN_TEMPLATES, s.BOARD)
seen = []

def witness(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn")):
        seen.append([event, str(arguments)])
    elif event in {"open", "os.listdir", "os.scandir"} and arguments:
        if isinstance(arguments[0], (str, bytes, os.PathLike)):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if not path.startswith(allowed):
                seen.append([event, path])

templates = Templates.of_site(site)
sys.addaudithook(witness)
for name in names:
    problem, html = "", ""
    try:
        for key in (s.BOARD, s.PUBLIC):
            newsletter = replace(s.NEWSLETTER, template=name)
            edition = compile_edition(s.EVERYTHING, newsletter, templates, key)
            html = "".join(part for part in edition.html if isinstance(part, str))
    except ComposerError as error:
        problem = str(error)
    print(json.dumps([name, seen[:], problem, html]))
    seen.clear()
(site / "secret.txt").read_text()
socket.create_connection(("127.0.0.1", port)).close()
print(json.dumps(["the witness itself", seen, "", ""]))
"""


class Saw(NamedTuple):
    """What a template's rendering touched, the error that it ended in, and the letter."""

    touched: list[list[str]]
    problem: str
    html: str


class Witnessed(NamedTuple):
    """What was seen by the name of the template, and how often the port was called."""

    by_name: dict[str, Saw]
    calls: int


#: `PORT` becomes the one that the second witness listens on.
_URL = "http://127.0.0.1:PORT/steal.css"
HOSTILE = {
    "import by URL": f"<mj-style>@import url({_URL});</mj-style>",
    "import by string": f"<mj-style>@import '{_URL}';</mj-style>",
    "import of a file": "<mj-style>@import url(file:///etc/passwd);</mj-style>",
    "import, escaped": "<mj-style>@\\69mport url(file:///etc/passwd);</mj-style>",
    "import in media": f"<mj-style>@media screen {{ @import url({_URL}); }}</mj-style>",
    "import in raw": f'<mj-raw><style media="print">@import url({_URL});</style></mj-raw>',
    "sheet by URL": f'<mj-raw><link rel="stylesheet" href="{_URL}"></mj-raw>',
    "sheet of a file": '<mj-raw><link rel="stylesheet" href="file:///etc/passwd"></mj-raw>',
    "font": '<mj-attributes><mj-all font-family="Ubuntu, Roboto"/></mj-attributes>',
    "font face": f"<mj-style>@font-face {{ font-family: A; src: url({_URL}) }}</mj-style>",
    "background": f"<mj-style>p {{ background: url({_URL}) }}</mj-style>",
    "mj-font": f'<mj-font name="A" href="{_URL}" /><mj-attributes><mj-all font-family="A" />'
    "</mj-attributes>",
    "include of a file": '<mj-include path="/etc/passwd" type="html" />',
    "include from above": '<mj-include path="../secret.txt" type="css" />',
    "include by URL": f'<mj-include path="{_URL}" type="css" />',
    "include by file URL": '<mj-include path="file:///etc/passwd" type="css" />',
    "Jinja from above": "{% include '../secret.txt' %}",
    "Jinja of a file": "{% include '/etc/passwd' %}",
    "Jinja import": "{% import '/etc/passwd' as p %}",
    "the way out": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
}


LINKS = {"link beside": "secret.txt", "link to a file": "/etc/passwd"}


def _name(case: str) -> str:
    return case.replace(" ", "-").replace(",", "")


@pytest.fixture(scope="module")
def witnessed(tmp_path_factory: pytest.TempPathFactory) -> Witnessed:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        by_name = _witness(tmp_path_factory.mktemp("site"), listener.getsockname()[1])
        listener.setblocking(False)
        return Witnessed(by_name, _waiting(listener))


def _waiting(listener: socket.socket) -> int:
    """How many have called the port and were not answered."""
    calls = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return calls
        calls += 1


def _witness(site: Path, port: int) -> dict[str, Saw]:
    folder = site / "email_templates"
    folder.mkdir()
    (site / "secret.txt").write_text("<mj-text>secret</mj-text>", encoding="utf-8")
    heads = dict(HOSTILE)
    for case, target in LINKS.items():
        (folder / f"{_name(case)}.j2").symlink_to(site / target)
        heads[case] = f"{{% include '{_name(case)}.j2' %}}"
    for case, head in heads.items():
        whole = (
            f"<mjml><mj-head>{head}</mj-head><mj-body><mj-section><mj-column><mj-text><p>x</p>"
            "</mj-text></mj-column></mj-section></mj-body></mjml>"
        )
        (folder / f"{_name(case)}.mjml.j2").write_text(
            whole.replace("PORT", str(port)), encoding="utf-8"
        )
    names = ",".join(["monitor", *map(_name, heads)])
    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", _SCRIPT, site, names, str(port), ROOT / "email_templates", folder],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "root:" not in done.stderr, "lines of /etc/passwd were printed"
    said = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: Saw(seen, problem, html) for name, seen, problem, html in said}


def test_the_witnesses_are_awake(witnessed: Witnessed) -> None:
    seen = witnessed.by_name["the witness itself"].touched

    assert [event for event, _ in seen if event != "socket.__new__"] == [
        "open",
        "socket.getaddrinfo",
        "socket.connect",
    ]
    assert witnessed.calls == 1


def test_the_letter_that_we_ship_touches_nothing(witnessed: Witnessed) -> None:
    seen, problem, _ = witnessed.by_name["monitor"]

    assert (seen, problem) == ([], "")


#: What stays in the letter and loads nothing here; readers' clients are for the checks.
_HARMLESS_HERE = {"font", "font face", "background", "mj-font"}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_template_touches_nothing_either(case: str, witnessed: Witnessed) -> None:
    seen, problem, _ = witnessed.by_name[_name(case)]

    assert seen == []
    if case in _HARMLESS_HERE:
        assert problem == ""
    else:
        assert f"{_name(case)}.mjml.j2" in problem or "outside email_templates/" in problem


def test_a_web_font_is_left_for_the_reader_s_program_to_fetch(witnessed: Witnessed) -> None:
    """The site's own template chose it: the letter names it, and rendering asks nobody."""
    seen, problem, html = witnessed.by_name["mj-font"]

    assert (seen, problem) == ([], "")
    assert "/steal.css" in html
    assert witnessed.calls == 1, "the witness's own call, and no other"


@pytest.mark.parametrize("case", LINKS)
def test_a_link_out_of_the_templates_is_not_followed(case: str, witnessed: Witnessed) -> None:
    seen, problem, _ = witnessed.by_name[_name(case)]

    assert seen == []
    assert "is a link to a file outside" in problem
