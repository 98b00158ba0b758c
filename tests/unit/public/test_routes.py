"""Every route there is: looking changes nothing, whatever it is asked, and each is described."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import MetaData, select
from starlette.routing import Route

from composer.web.public.description import description
from composer.web.public.door import routes
from composer.web.public.shelf import Shelf
from tests.databases import BOTH
from tests.unit.public.sites import PUBLIC, TOML, House, Reader, with_issues

#: With everything that adds routes.
FULL = (
    TOML
    + PUBLIC
    + """
[webhooks.postmark]
username = "postmark"
password = { env = "POSTMARK_WEBHOOK_PASSWORD" }
"""
)


def everything_in(house: House) -> object:
    """All rows of all tables; of a file, every byte too."""
    store = house.front.site.database.store
    found = MetaData()
    found.reflect(store.engine)
    with store.reading() as connection:
        rows = {
            name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for name, table in found.tables.items()
        }
    state = house.front.site.state
    names = ("newsletter.db", "newsletter.db-wal")
    return rows, [(state / name).read_bytes() for name in names if (state / name).exists()]


def every_path(house: House, token: str, confirm: str) -> list[str]:
    """An address for each route, with tokens that are somebody's, and for each file."""
    shelf = Shelf(house.front.site)
    files = [p.relative_to(shelf.folder).as_posix() for p in shelf.folder.rglob("*")]
    found: list[str] = []
    for route in routes(house.front, shelf):
        assert isinstance(route, Route)
        path = route.path.replace("{path:path}", "2026-014/").replace("{name}", "pages.css")
        found += [path.replace("{token}", own) for own in (token, confirm, "nobody")]
    return [*dict.fromkeys(found), *(f"/{name}" for name in files)]


def test_looking_at_any_route_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTMARK_WEBHOOK_PASSWORD", "p" * 24)
    house = House.at(with_issues(folder), FULL)
    Shelf(house.front.site).refresh()
    token = house.join(topics="energy")
    house.ask("bo@example.net")
    (mail,) = house.mails()
    paths = every_path(house, token, house.link(mail).rpartition("/")[2])
    before = everything_in(house)

    seen = {
        (method, path): house.reader.ask(method, path).status
        for path in paths
        for method in ("GET", "HEAD")
    }

    assert everything_in(house) == before
    assert ("GET", "/webhooks/postmark") in seen
    assert seen["GET", f"/preferences/{token}"] == 200
    assert seen["GET", "/archive/2026-014/"] == 200
    assert max(seen.values()) < 500
    for (method, path), status in seen.items():
        assert seen["HEAD", path] == status, f"{method} {path}"


def test_every_route_of_readers_is_described(tmp_path: Path) -> None:
    house = House.at(tmp_path / "site")
    described = description(house.front)["paths"]
    assert isinstance(described, dict)
    own = {"/", "/robots.txt", "/archive", "/assets/{name}", "/openapi.json"}
    there = {
        (re.sub(r":path", "", route.path), method.lower())
        for route in routes(house.front, Shelf(house.front.site))
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
        if route.path not in own
    }
    assert there == {(path, method) for path, item in described.items() for method in item}


# --- whatever is sent ------------------------------------------------------------------------

TEXTS = st.text(max_size=80) | st.sampled_from(
    [
        "ana@example.net",
        "Ana@Example.net\r\nBcc: all@example.org",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "{{ 7 * 7 }}",
        "%s%n%x",
        "\ud800",
        "\0",
        "a" * 70_000,
        "é" * 200,
    ]
)
NAMES = st.sampled_from(
    [
        *("address", "stamp", "lang", "source", "fax_number", "altcha", "topics", "action"),
        *("locale", "pause", "to", "reason", "List-Unsubscribe"),
    ]
) | st.text(max_size=20)
VALUES = TEXTS | st.sampled_from(["save", "move", "data", "forget", "stay", "tell", "30", "keep"])
HEADER_NAMES = st.sampled_from(
    [
        *("Accept-Language", "Content-Type", "Origin", "X-Forwarded-For", "Host", "Cookie"),
        *("If-None-Match", "Content-Length", "Transfer-Encoding", "Accept-Encoding", "Range"),
    ]
)
HEADER_VALUES = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=100
) | st.sampled_from(
    [
        "de;q=0.5, ar;q=1",
        "de;q=" + "9" * 400,
        "*",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=utf-16",
        "::1, 127.0.0.1",
        "-1",
    ]
)


@pytest.fixture(scope="module", params=BOTH)
def hostile(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> tuple[House, list[str]]:
    folder = with_issues(tmp_path_factory.mktemp("hostile") / "site")
    if request.param == "postgresql":
        request.getfixturevalue("server_databases").place(folder)
    house = House.at(folder, TOML + PUBLIC)
    Shelf(house.front.site).refresh()
    token = house.join()
    house.ask("bo@example.net")
    (mail,) = house.mails()
    return house, every_path(house, token, house.link(mail).rpartition("/")[2])


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_no_form_token_or_header_is_answered_with_a_500(
    hostile: tuple[House, list[str]], data: st.DataObject
) -> None:
    house, paths = hostile
    piece = st.text(
        st.characters(codec="utf-8", exclude_characters="?#"), max_size=60
    ) | st.sampled_from(["n" * 300, "../" * 9, "..%2f..%2fetc/passwd", ".seen", "%00", "a\\b"])
    prefix = st.sampled_from(
        ["/u/", "/c/", "/confirm/", "/preferences/", "/archive/", "/assets/", "/"]
    )
    path = data.draw(st.sampled_from(paths) | st.builds("{}{}".format, prefix, piece))
    query = data.draw(st.just("") | st.builds("?lang={}".format, piece))
    headers = data.draw(st.dictionaries(HEADER_NAMES, HEADER_VALUES, max_size=3))
    visitor = data.draw(st.ip_addresses().map(str) | st.text(max_size=8))
    reader = Reader(house.reader.app, visitor)
    path = f"{path}{query}".encode(errors="replace").decode()

    if data.draw(st.booleans()):
        fields = data.draw(st.lists(st.tuples(NAMES, VALUES), max_size=6))
        safe = [
            (n.encode(errors="replace").decode(), v.encode(errors="replace").decode())
            for n, v in fields
        ]
        answer = reader.post(path, safe, headers)
    else:
        method = data.draw(st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS"]))
        answer = reader.ask(method, path, headers, data.draw(st.binary(max_size=300)))

    assert answer.status < 500
    assert "<script>alert" not in answer.content.decode("utf-8", "replace")
    assert "set-cookie" not in answer.headers
