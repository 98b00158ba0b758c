"""The preview as an attacker finds it: another site, another user, a repository that lies."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.web.preview.app import Preview
from composer.web.preview.chosen import Chosen, Reader
from composer.web.preview.desk import Desk
from composer.web.preview.guard import MAX_BODY_BYTES, MAX_QUERY_BYTES
from composer.web.preview.server import token_in
from composer.web.preview.stream import MAX_LISTENERS, MAX_WAITING, Stream
from tests.loops import finish
from tests.unit.web.asking import HOST, TOKEN, Asker
from tests.unit.web.people_site import PeopleSite

HOME = ("Origin", f"http://{HOST}")
SITE = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
postal_address = "12 Quay Street, Port Example"
base_url = "https://news.example.org"
"""
ISSUE = """\
---
title: Harbour Watch No. 14
date: 2026-11-20
---

## Dockers Pause Work

Crane crews stopped loading for nine hours.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    issue = site / "issues" / "2026-014"
    issue.mkdir(parents=True)
    (site / "newsletter.toml").write_text(SITE, encoding="utf-8")
    (issue / "issue.md").write_text(ISSUE, encoding="utf-8")
    return site


@pytest.fixture
def preview(folder: Path) -> Preview:
    return Preview(Desk(folder, {}), token=TOKEN, port=4040)


@pytest.fixture
def stranger(preview: Preview) -> Asker:
    """Somebody who can reach the port, and has no key."""
    return Asker(preview.app)


@pytest.fixture
def owner(preview: Preview) -> Asker:
    return Asker(preview.app, TOKEN)


# --- who may ask ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.org",
        "evil.example.org:4040",
        "127.0.0.1",
        "127.0.0.1:4041",
        "127.0.0.1:4040.evil.example.org",
        "127.0.0.1:4040@evil.example.org",
        "0.0.0.0:4040",
        "",
    ],
)
def test_a_name_that_leads_here_by_a_trick_is_refused(owner: Asker, host: str) -> None:
    """DNS rebinding: the browser believes that it talks to the other site."""
    assert owner.get("/", [("Host", host)]).status == 421


def test_two_hosts_are_no_host(owner: Asker) -> None:
    answer = owner.get("/", [("Host", HOST), ("Host", "evil.example.org")])

    assert answer.status == 421


@pytest.mark.parametrize("path", ["/", "/issues/2026-014", "/events", "/static/app.js", "/nothing"])
def test_without_the_key_nothing_answers(stranger: Asker, path: str) -> None:
    answer = stranger.get(path)

    assert answer.status == 403
    assert "Harbour" not in answer.text


@pytest.mark.parametrize("given", ["", "b" * 48, "a" * 47, "é", "\x00", "a" * 4000])
def test_a_wrong_key_opens_nothing(stranger: Asker, given: str) -> None:
    assert stranger.get(f"/?token={quote(given)}").status == 403


@pytest.mark.parametrize(
    "origin", ["https://evil.example.org", "null", "http://127.0.0.1:3000", "http://localhost"]
)
def test_a_form_of_another_site_changes_nothing(owner: Asker, origin: str) -> None:
    assert owner.post("/", [("Origin", origin)]).status == 403
    assert owner.post("/").status == 403, "a change without an Origin is nobody's"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_on_another_port_cannot_load_anything(owner: Asker, site: str) -> None:
    """Cookies know no ports: to them a page on :3000 is the same site."""
    headers = [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "no-cors")]

    assert owner.get("/static/app.js", headers).status == 403
    assert owner.get("/events", headers).status == 403


def test_a_web_socket_is_not_opened(preview: Preview) -> None:
    sent: list[object] = []

    async def ask() -> None:
        async def receive() -> dict[str, object]:
            return {"type": "websocket.connect"}

        async def send(message: object) -> None:
            sent.append(message)

        await preview.app({"type": "websocket", "path": "/", "headers": []}, receive, send)

    finish(ask())

    assert sent == []


# --- what an answer says ----------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/?token=" + TOKEN, "/nothing", "/issues/2026-014"])
@pytest.mark.parametrize("who", ["stranger", "owner"])
def test_every_answer_carries_the_safe_headers(
    path: str, who: str, request: pytest.FixtureRequest
) -> None:
    headers = request.getfixturevalue(who).get(path).headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-dns-prefetch-control"] == "off"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example.org/",
        "///evil.example.org",
        "/\\evil.example.org",
        "/%5Cevil.example.org",
        "/%2F%2Fevil.example.org",
        "/%09/evil.example.org",
        "/%0d%0aLocation:%20https://evil.example.org/",
        "/.//evil.example.org",
    ],
)
def test_the_key_s_redirect_stays_here(stranger: Asker, path: str) -> None:
    answer = stranger.get(f"{path}?token={TOKEN}")
    target = answer.headers["location"]

    assert answer.status == 303
    assert TOKEN not in target
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))
    assert "\r" not in target
    assert "\n" not in target


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_query_never_becomes_a_header(who: str, segment: str) -> None:
    query = Chosen(reader=Reader(who=who, segment=segment)).query(view="preview")

    assert query.isascii()
    assert query.isprintable()
    assert " " not in query


def test_a_name_in_the_query_is_not_a_query_of_its_own(owner: Asker) -> None:
    answer = owner.get("/issues/none&token=x#y%22%3E")

    assert answer.headers["location"].count("?") == 1
    assert "&token=x" not in answer.headers["location"]


# --- too much ---------------------------------------------------------------------------


def test_a_huge_query_is_refused(owner: Asker) -> None:
    assert owner.get("/?" + "a" * (MAX_QUERY_BYTES + 1)).status == 414
    assert owner.get("/?" + "a&" * 100).status == 414


@pytest.mark.parametrize("length", [str(MAX_BODY_BYTES + 1), "9" * 4000, "-1", "²", "x"])
def test_a_huge_form_is_refused(owner: Asker, length: str) -> None:
    assert owner.post("/", [HOME, ("Content-Length", length)]).status == 413


def test_a_form_of_unknown_length_is_refused(owner: Asker) -> None:
    assert owner.post("/", [HOME, ("Transfer-Encoding", "chunked")], b"x").status == 413


def test_listeners_are_counted_and_a_deaf_one_costs_little() -> None:
    async def crowd() -> tuple[int, int, bool]:
        stream = Stream()
        listeners = [stream.listen(dict) for _ in range(MAX_LISTENERS + 5)]
        for listener in listeners:
            await anext(listener)
        for number in range(1000):
            stream.tell("changed", {"version": number})
        kept = [told async for told in _until_quiet(stream, listeners[-1])]
        first_ended = [told async for told in listeners[0]] == []
        for listener in listeners:
            await listener.aclose()  # type: ignore[attr-defined]  # it is a generator
        return len(kept), len(stream._queues), first_ended  # noqa: SLF001 - what must not grow

    kept, left, first_ended = finish(crowd())

    assert first_ended
    assert kept <= MAX_WAITING
    assert left == 0


def test_a_change_while_a_page_begins_to_listen_is_told() -> None:
    version = 1

    async def begin() -> str:
        nonlocal version
        stream = Stream()
        listener = stream.listen(lambda: {"version": version})
        version = 2
        stream.tell("changed", {"version": version})  # nobody listens yet
        first = await anext(listener)
        await listener.aclose()  # type: ignore[attr-defined]  # it is a generator
        return first

    assert '{"version": 2}' in finish(begin())


async def _until_quiet(stream: Stream, listener: AsyncIterator[str]) -> AsyncIterator[str]:
    stream.end()
    async for told in listener:
        yield told


# --- ids are never paths ----------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["..", ".", "%2e%2e", "..%2f..%2foutside", "outside", "%2Fetc", "issue.md", "~", "%00"]
)
@pytest.mark.parametrize("what", ["", "/letter.html", "/state.json", "/part/html", "/picture/x"])
def test_an_id_is_never_a_path(folder: Path, owner: Asker, name: str, what: str) -> None:
    outside = ISSUE.replace("Crane crews", "SECRET")
    for place in (folder, folder.parent, folder / "outside", folder.parent / "outside"):
        place.mkdir(exist_ok=True)
        (place / "issue.md").write_text(outside, encoding="utf-8")

    answer = owner.get(f"/issues/{name}{what}")

    assert answer.status in (303, 404)
    assert "SECRET" not in answer.text


def test_an_issue_that_is_a_link_to_elsewhere_is_not_shown(folder: Path, owner: Asker) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "issue.md").write_text(ISSUE.replace("Crane", "SECRET"), encoding="utf-8")
    (folder / "issues" / "linked").symlink_to(elsewhere)
    (folder / "issues" / "file").mkdir()
    (folder / "issues" / "file" / "issue.md").symlink_to(elsewhere / "issue.md")
    os.mkfifo(folder / "issues" / "file" / "issue.nb.md")
    (folder / "issues" / "pipe").mkdir()
    os.mkfifo(folder / "issues" / "pipe" / "issue.md")

    assert owner.get("/issues/2026-014").status == 200
    for name in ("linked", "file", "pipe"):
        assert f"/issues/{name}" not in owner.get("/").text
        assert owner.get(f"/issues/{name}/letter.html").status == 404


def test_a_folder_of_issues_that_lies_elsewhere_is_shown(folder: Path, owner: Asker) -> None:
    """Its owner linked all of it, and not one issue in somebody's repository."""
    (folder / "issues").rename(folder.parent / "texts")
    (folder / "issues").symlink_to(folder.parent / "texts")

    assert owner.get("/issues/2026-014/letter.html").status == 200


def test_a_name_of_an_issue_is_only_text(folder: Path, owner: Asker) -> None:
    name = '"><img src=x onerror=alert(1)>'
    (folder / "issues" / "2026-014").rename(folder / "issues" / name)

    assert "<img" not in owner.get("/").text


# --- the key's file ---------------------------------------------------------------------


def test_the_key_is_ours_alone_and_stays(tmp_path: Path) -> None:
    state = tmp_path / ".newsletter"

    token = token_in(state)

    assert len(token) == 48
    assert token_in(state) == token
    assert stat.S_IMODE((state / "preview-token").stat().st_mode) == 0o600
    assert [path.name for path in state.iterdir()] == ["preview-token"]


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_a_key_that_others_can_read_is_none(tmp_path: Path, mode: int) -> None:
    """Git writes its files readable for all: this is one that came with a repository."""
    (tmp_path / "preview-token").write_text(TOKEN, encoding="ascii")
    (tmp_path / "preview-token").chmod(mode)

    assert token_in(tmp_path) != TOKEN
    assert stat.S_IMODE((tmp_path / "preview-token").stat().st_mode) == 0o600


def test_a_key_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text(TOKEN, encoding="ascii")
    precious.chmod(0o600)
    state = tmp_path / ".newsletter"
    state.mkdir()
    (state / "preview-token").symlink_to(precious)

    assert token_in(state) != TOKEN
    assert precious.read_text("ascii") == TOKEN
    assert not (state / "preview-token").is_symlink()


@pytest.mark.parametrize("content", [b"", b"short", b"a" * 30 + b"\r\nX: y" * 4, b"\xff" * 60])
def test_a_spoilt_key_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "preview-token").write_bytes(content)
    (tmp_path / "preview-token").chmod(0o600)

    token = token_in(tmp_path)

    assert len(token) == 48
    assert token.isalnum()


def test_a_key_that_is_a_pipe_or_a_folder_hangs_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "preview-token", 0o600)

    assert len(token_in(tmp_path)) == 48

    other = tmp_path / "other"
    (other / "preview-token").mkdir(parents=True)

    assert len(token_in(other)) == 48
    assert len(token_in(tmp_path / "preview-token" / "below")) == 48, "the state is a file"


# --- the editor -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../outside.md",
        "/etc/passwd",
        ".git/config",
        ".newsletter/newsletter.db",
        "issues/../../outside.md",
        "linked.md",
        "issues",
        "",
        "\x00",
        "a" * 3000,
        "-c",
        "$(touch ran)",
        "issues/2026-014/issue.md; touch ran",
    ],
)
def test_the_editor_gets_only_files_of_the_site(folder: Path, name: str) -> None:
    (folder.parent / "outside.md").write_text("x", encoding="utf-8")
    (folder / "linked.md").symlink_to(folder.parent / "outside.md")
    for hidden in (".git", ".newsletter"):
        (folder / hidden).mkdir()
    (folder / ".git" / "config").write_text("x", encoding="utf-8")
    owner = _with_editor(folder, f"touch {folder.parent}/ran")

    answer = owner.post("/open", [HOME], _place(name))

    assert answer.status == 400
    assert not (folder.parent / "ran").exists()


def test_a_name_full_of_shell_is_one_word_to_the_editor(folder: Path) -> None:
    name = "$(touch ran); `touch ran` & {line} -x.md"
    (folder / name).write_text("x", encoding="utf-8")
    told = folder.parent / "told"
    program = folder.parent / "editor"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}.new; mv {told}.new {told}\n')
    program.chmod(0o755)
    owner = _with_editor(folder, f"{program} {{path}} --at {{line}}")

    assert owner.post("/open", [HOME], _place(name)).status == 204
    deadline = time.monotonic() + 10
    while not told.exists() and time.monotonic() < deadline:
        os.sched_yield()
    words = told.read_text("utf-8").splitlines()

    assert words[1:] == ["--at", "3"]
    assert words[0].startswith(f"{folder.resolve()}/$(touch ran); `touch ran` &")
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"file": "x", "line": Infinity, "column": 1}',
        b'{"file": "x", "line": NaN, "column": 1}',
        b'{"file": "x", "line": "' + b"9" * 4000 + b'", "column": 1}',
        b"[" * 4000,
        b"\xff\xfe",
        b'{"file": "' + b"x" * 5000 + b'"}',
    ],
)
def test_a_broken_place_is_refused(folder: Path, content: bytes) -> None:
    owner = _with_editor(folder, "true")

    assert owner.post("/open", [HOME], content).status == 400


def _with_editor(folder: Path, command: str) -> Asker:
    desk = Desk(folder, {"NEWSLETTER_EDITOR": command, "PATH": os.environ["PATH"]})
    return Asker(Preview(desk, token=TOKEN, port=4040).app, TOKEN)


def _place(name: str) -> bytes:
    return json.dumps({"file": name, "line": 3, "column": 1}).encode()


@pytest.mark.parametrize(
    "pattern", ["javascript:alert(1)//{path}", "https://evil.example.org/{path}", "data:,{path}"]
)
def test_a_site_cannot_name_a_page_or_a_script_as_the_editor(
    folder: Path, owner: Asker, pattern: str
) -> None:
    with (folder / "newsletter.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[preview]\neditor = "{pattern}"\n')

    answer = owner.get("/issues/2026-014")

    assert answer.status == 500
    assert "is not the scheme of an editor" in answer.text


@pytest.mark.parametrize(
    "name", ["..%2fapp.py", "..", "app.py", "%2e%2e%2fguard.py", "app.js%00", "App.js", "x.js"]
)
def test_only_our_own_files_are_static(owner: Asker, name: str) -> None:
    assert owner.get(f"/static/{name}").status == 404


# --- the list ---------------------------------------------------------------------------

HOSTILE_LIST = """\
email,first_name,role,status
ana@example.org,"<img src=x onerror=alert(1)>",board,confirmed
"=cmd@example.org","</td></table><script>alert(1)</script>","{{ 7 * 7 }}",confirmed
ben@example.org,"javascript:alert(1)","' onmouseover='alert(1)",confirmed
"""


@pytest.mark.parametrize(
    "path",
    [
        "/audience",
        "/audience?who=ana@example.org",
        "/audience?who=%3Dcmd@example.org",
        "/audience?who=ben@example.org",
        "/audience?who=%3Cscript%3Ealert(1)%3C/script%3E",
        "/audience?rule=role%20==%20%22%3Cscript%3E%22",
        "/audience?rule=%3Cscript%3Ealert(1)%3C/script%3E",
        "/issues/2026-014/plan?segment=%3Cscript%3E",
        "/issues/2026-014?who=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/issues/2026-014?view=compare&against=commit&rev=%22%3E%3Cscript%3E",
        "/?gone=%3Cscript%3E",
    ],
)
def test_what_others_wrote_is_only_text(tmp_path: Path, path: str) -> None:
    people = PeopleSite.make(tmp_path / "site", readers=HOSTILE_LIST)

    answer = people.get(path)

    assert answer.status in (200, 400, 404)
    assert "<img src=x" not in answer.text
    assert "<script>" not in answer.text
    assert " onmouseover='" not in answer.text
    assert ">49<" not in answer.text
