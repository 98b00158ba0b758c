"""Rendering opens no socket and no file outside the templates: an audit hook is the witness.

It watches a process of its own, since an audit hook cannot be taken away again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_SCRIPT = r"""
import json, os, socket, sys
from dataclasses import replace
from pathlib import Path

import jinja2.debug  # Python itself reads modules, also those that wait for the first error

from composer.errors import ComposerError
from composer.rendering.compile import compile_edition
from composer.rendering.templates import Templates
from tests.unit.rendering import samples as s

site, names, allowed = Path(sys.argv[1]), sys.argv[2].split(","), tuple(sys.argv[3:])
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
    problem = ""
    try:
        for key in (s.BOARD, s.PUBLIC):
            compile_edition(s.EVERYTHING, replace(s.NEWSLETTER, template=name), templates, key)
    except ComposerError as error:
        problem = str(error)
    print(json.dumps([name, seen[:], problem]))
    seen.clear()
(site / "secret.txt").read_text()
socket.getaddrinfo("127.0.0.1", 9)
print(json.dumps(["the witness itself", seen, ""]))
"""

#: What a template's rendering touched, and the error that it ended in.
Witnessed = dict[str, tuple[list[list[str]], str]]


_URL = "http://127.0.0.1:9/steal.css"
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
    site = tmp_path_factory.mktemp("site")
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
        (folder / f"{_name(case)}.mjml.j2").write_text(whole, encoding="utf-8")
    names = ",".join(["monitor", *map(_name, heads)])
    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", _SCRIPT, site, names, ROOT / "email_templates", folder],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "root:" not in done.stderr, "lines of /etc/passwd were printed"
    said = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: (seen, problem) for name, seen, problem in said}


def test_the_witness_is_awake(witnessed: Witnessed) -> None:
    seen, _ = witnessed["the witness itself"]

    assert [event for event, _ in seen] == ["open", "socket.getaddrinfo"]


def test_the_letter_that_we_ship_touches_nothing(witnessed: Witnessed) -> None:
    assert witnessed["monitor"] == ([], "")


#: What stays in the sheet and loads nothing here; readers' clients are for the checks.
_HARMLESS_HERE = {"font", "font face", "background"}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_template_touches_nothing_either(case: str, witnessed: Witnessed) -> None:
    seen, problem = witnessed[_name(case)]

    assert seen == []
    if case in _HARMLESS_HERE:
        assert problem == ""
    else:
        assert f"{_name(case)}.mjml.j2" in problem or "outside email_templates/" in problem


@pytest.mark.parametrize("case", LINKS)
def test_a_link_out_of_the_templates_is_not_followed(case: str, witnessed: Witnessed) -> None:
    seen, problem = witnessed[_name(case)]

    assert seen == []
    assert "is a link to a file outside" in problem
