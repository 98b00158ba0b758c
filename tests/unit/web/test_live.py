"""What the preview knows between two saves: the last good letter, the lines, the editor."""

from __future__ import annotations

import json
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import AudienceError, ComposerError
from composer.model.settings import PreviewSettings
from composer.web.preview.app import Preview
from composer.web.preview.chosen import Chosen, Look, Reader
from composer.web.preview.desk import Desk
from composer.web.preview.letters import shown
from composer.web.preview.lines import blocks, touched
from composer.web.preview.opening import Editor, inside
from tests.unit.web.asking import HOST, TOKEN, Asker

SITE = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
postal_address = "12 Quay Street, Port Example"
base_url = "https://news.example.org"

[subscribers.fields]
first_name = "text"
"""
ISSUE = """\
---
title: Harbour Watch No. 14
date: 2026-11-20
---

Dear {{ subscriber.first_name | default("reader") }},

## Dockers Pause Work

Crane crews stopped loading for *nine* hours.

| Port | Boxes |
|:-----|------:|
| Lindö | 112 |

:::note
The gate log counts six.
:::
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "issues" / "2026-014").mkdir(parents=True)
    (site / "newsletter.toml").write_text(SITE, encoding="utf-8")
    (site / "issues" / "2026-014" / "issue.md").write_text(ISSUE, encoding="utf-8")
    return site


@pytest.fixture
def desk(folder: Path) -> Desk:
    return Desk(folder, {})


@pytest.fixture
def owner(desk: Desk) -> Asker:
    return Asker(Preview(desk, token=TOKEN, port=4040).app, TOKEN)


def write(desk: Desk, name: str, text: str) -> None:
    path = desk.folder / name
    path.write_text(text, encoding="utf-8")
    desk.changed([path])


def state(owner: Asker, query: str = "") -> dict[str, object]:
    told = json.loads(owner.get(f"/issues/2026-014/state.json{query}").text)
    return dict(told["state"], letter=told.get("letter", ""), parts=told["parts"])


# --- mistakes ----------------------------------------------------------------------------


def test_a_mistake_keeps_the_last_good_letter(desk: Desk, owner: Asker) -> None:
    assert "Crane crews" in str(state(owner)["letter"])

    write(desk, "issues/2026-014/issue.md", ISSUE.replace(":::note", ":::nota"))
    told = state(owner)

    assert "Crane crews" in str(told["letter"])
    assert "there is no :::nota" in str(told["errors"])
    assert "issues/2026-014/issue.md:16:1" in str(told["parts"])


def test_a_broken_site_file_keeps_the_letter_and_mends_itself(desk: Desk, owner: Asker) -> None:
    before = state(owner)
    write(desk, "newsletter.toml", SITE.replace("[newsletter]", "[newsletter"))
    broken = state(owner)
    write(desk, "newsletter.toml", SITE)

    assert broken["letter"] == before["letter"]
    assert "newsletter.toml" in str(broken["errors"])
    assert state(owner)["errors"] == []


def test_the_list_of_issues_tells_what_is_broken(desk: Desk, owner: Asker) -> None:
    assert "Harbour Watch No. 14" in owner.get("/").text
    write(desk, "newsletter.toml", "[newsletter")

    answer = owner.get("/")

    assert "newsletter.toml:1:" in answer.text
    assert "Harbour Watch No. 14" in answer.text


def test_what_is_broken_from_the_start_is_a_page_and_no_letter(desk: Desk, owner: Asker) -> None:
    write(desk, "newsletter.toml", "[newsletter")

    answer = owner.get("/")

    assert answer.status == 200
    assert "newsletter.toml:1:" in answer.text


def test_a_reader_who_is_not_there_is_told_plainly(owner: Asker) -> None:
    persona = state(owner, "?who=nobody")
    address = state(owner, "?who=nobody@example.org")

    assert "there is no persona 'nobody'" in str(persona["errors"])
    assert "is on no list: there is none yet" in str(address["errors"])
    assert persona["title"] == "Harbour Watch No. 14"


def test_only_what_changed_is_read_anew(desk: Desk) -> None:
    first = desk.issue("2026-014")
    other = desk.folder / "issues" / "2026-015"
    other.mkdir()
    (other / "issue.md").write_text(ISSUE, encoding="utf-8")
    desk.changed([other / "issue.md"])

    assert desk.issue("2026-014") is first
    desk.changed([desk.folder / "issues" / "2026-014" / "images" / "a.png"])
    assert desk.issue("2026-014") is not first


# --- lines -------------------------------------------------------------------------------


def test_every_block_is_known_by_its_line_and_its_first_words(desk: Desk) -> None:
    told = [(b["line"], b["kind"], b["text"]) for b in blocks(desk.issue("2026-014"))]

    assert told == [
        (2, "title", "HarbourWatchNo.14"),
        (6, "text", "Dear"),
        (8, "heading", "DockersPauseWork"),
        (10, "text", "Cranecrewsstoppedloadingforninehours."),
        (12, "text", "Port"),
        (17, "text", "Thegatelogcountssix."),
    ]


@given(st.lists(st.sampled_from(["a", "b", ""]), min_size=1), st.data())
def test_the_line_that_changed_is_found(lines: list[str], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(lines)))
    new = [*lines[: number - 1], "changed", *lines[number:]]

    assert touched("\n".join(lines), "\n".join(new)) == number
    assert touched("\n".join(new), "\n".join(new)) == 0


def test_the_line_of_the_last_save_is_told(desk: Desk, owner: Asker) -> None:
    assert state(owner)["touched"] == 0
    write(desk, "issues/2026-014/issue.md", ISSUE.replace("Crane crews", "Crews"))
    assert state(owner)["touched"] == 10


# --- how a letter is shown ---------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "answer"), [("dark", "min-width:0px"), ("light", "max-width:")])
def test_the_letter_s_scheme_is_the_one_that_was_asked_for(
    desk: Desk, scheme: str, answer: str
) -> None:
    letter = desk.see("2026-014", Reader()).letter
    assert letter is not None
    assert "(prefers-color-scheme: dark)" in letter.html

    html = shown(letter, Look(scheme=scheme), "/p/")

    assert "prefers-color-scheme" not in html
    assert f"@media screen and ({answer}" in html


@given(st.text(max_size=30), st.sampled_from(["light", "dark"]), st.integers(240, 1600))
def test_a_form_carries_along_what_it_does_not_ask(who: str, scheme: str, width: int) -> None:
    chosen = Chosen(reader=Reader(who), look=Look(scheme=scheme), width=width)

    kept = dict(chosen.kept())
    all_but = dict(chosen.kept(without="width", reader=True))

    assert "who" not in kept
    assert Chosen.of({**kept, "who": who}) == chosen
    assert Chosen.of({**all_but, "width": str(width)}) == chosen


# --- the editor --------------------------------------------------------------------------


def test_a_url_of_an_editor_says_path_line_and_column() -> None:
    editor = Editor.of({}, PreviewSettings())

    link = editor.link(Path("/a b/ü#.md"), 12, 3)

    assert link == "vscode://file/a%20b/%C3%BC%23.md:12:3"


def test_a_command_is_the_person_s_own_and_gets_each_part_as_one_word(tmp_path: Path) -> None:
    (tmp_path / "a file.md").write_text("")
    written = tmp_path / "said"
    script = tmp_path / "edit"
    script.write_text(
        f'#!/bin/sh\nprintf "%s|" "$@" >{written}.part; mv {written}.part {written}\n'
    )
    script.chmod(0o755)
    editor = Editor.of({"NEWSLETTER_EDITOR": f"{script} -g {{path}}:{{line}}"}, PreviewSettings())

    assert editor.link(tmp_path / "a file.md", 1) == ""
    editor.open(tmp_path, "a file.md", 7, 1)

    until = monotonic() + 30
    while not written.exists():  # the editor is a process of its own
        assert monotonic() < until
    assert written.read_text() == f"-g|{tmp_path}/a file.md:7|"


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", ".newsletter/token", "folder", "no"])
def test_nothing_but_a_file_of_the_site_is_opened(tmp_path: Path, name: str) -> None:
    site = tmp_path / "site"
    (site / "folder").mkdir(parents=True)
    (site / ".newsletter").mkdir()
    (site / ".newsletter" / "token").write_text("")
    (tmp_path / "secret").write_text("")

    with pytest.raises(AudienceError):
        inside(site, name)


def test_a_link_out_of_the_site_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.md").symlink_to(tmp_path / "secret")

    with pytest.raises(AudienceError):
        inside(tmp_path / "site", "a.md")


def test_a_site_cannot_choose_a_command(folder: Path) -> None:
    for value in ("touch {path}", "javascript:{path}", "https://host.example/{path}"):
        text = f'{SITE}\n[preview]\neditor = "{value}"\n'
        (folder / "newsletter.toml").write_text(text, encoding="utf-8")
        with pytest.raises(ComposerError):
            _ = Desk(folder, {}).site


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b'{"file": "newsletter.toml"}', b'{"file": 1, "line": "x"}']
)
def test_a_place_that_is_none_is_refused(owner: Asker, body: bytes) -> None:
    answer = owner.post("/open", [("Origin", f"http://{HOST}")], body)

    assert answer.status == 400


# --- beside the letter -------------------------------------------------------------------


def test_the_checks_are_told_apart_from_the_letter(owner: Asker) -> None:
    told = json.loads(owner.get("/issues/2026-014/findings").text)

    assert told["errors"] + told["warnings"] == told["html"].count("<li class")
    assert owner.get("/issues/none/findings").status == 404


def test_addresses_are_offered_only_from_a_list(owner: Asker) -> None:
    assert json.loads(owner.get("/readers?q=example").text) == []


def test_an_issue_is_a_draft_until_it_is_planned(desk: Desk) -> None:
    assert desk.statuses() == {}
    plans = desk.folder / ".newsletter" / "plans"
    plans.mkdir(parents=True)
    plan = {
        "mailing": "2026-014-board-1",
        "issue": "2026-014",
        "segment": "board",
        "made": "2026-11-19T08:00:00Z",
        "recipients": 1284,
        "edition_digest": "a",
        "audience_digest": "b",
        "message_digest": "c",
    }
    (plans / "2026-014-board-1.json").write_text(json.dumps(plan), encoding="utf-8")
    (plans / "spoilt.json").write_text("{", encoding="utf-8")

    found = desk.statuses()["2026-014"]

    assert (str(found.status), found.when) == ("planned", "2026-11-19")
    assert "1,284" in found.told

    write(desk, "newsletter.toml", "[newsletter")  # what was planned stays planned meanwhile

    assert desk.statuses()["2026-014"] == found


@pytest.mark.parametrize("view", ["preview", "inbox", "text", "source", "checks", "links", "grid"])
@pytest.mark.parametrize("broken", [False, True])
def test_every_view_is_a_page_of_its_own(
    desk: Desk, owner: Asker, view: str, *, broken: bool
) -> None:
    if broken:
        write(desk, "issues/2026-014/issue.md", "---\ntitle: [\n---\n")
    answer = owner.get(f"/issues/2026-014?view={view}")

    assert answer.status == 200
    assert f'data-view="{view}"' in answer.text
    assert ('class="overlay"' in answer.text) is broken
    assert json.loads(owner.get(f"/issues/2026-014/state.json?view={view}").text)["parts"]["view"]
