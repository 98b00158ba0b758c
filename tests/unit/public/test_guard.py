"""What holds for every answer, and for every request that is refused unread."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest

from composer.reading.page_vocabulary import PAGE_WORDS
from composer.rendering.languages import WORDS
from composer.web.public.door import public_app
from composer.web.public.front import Front
from composer.web.public.guard import (
    MAX_FORM_BYTES,
    MAX_WEBHOOK_BYTES,
    MOST_FORMS_A_MINUTE,
    REMEMBERED_VISITORS,
    Flood,
)
from composer.web.public.server import listening
from composer.web.public.words import known_words
from tests.databases import URL_FILE, Databases
from tests.unit.public.sites import PUBLIC, TOML, House, Reader, make_site


@pytest.fixture
def reader(folder: Path) -> Reader:
    return Reader(public_app(Front(make_site(folder))))


def test_the_app_says_whether_its_database_answers(reader: Reader) -> None:
    assert json.loads(reader.get("/healthz").content) == {"status": "ok"}


def test_every_answer_keeps_tokens_and_scripts_where_they_are(reader: Reader) -> None:
    for path in ("/healthz", "/nothing-here"):
        headers = reader.get(path).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "set-cookie" not in headers


def take_away(folder: Path, request: pytest.FixtureRequest) -> None:
    """The database is there no more, or not to be read."""
    if (folder / URL_FILE).is_file():
        databases: Databases = request.getfixturevalue("databases")
        name = (folder / URL_FILE).read_text().rpartition("/")[2].partition("?")[0]
        databases.server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        databases.throw_out(name)
    else:
        state = folder / ".newsletter"
        for file in state.glob("newsletter.db*"):
            file.unlink()
        (state / "newsletter.db").write_bytes(b"this is no database" * 300)


def test_pages_say_so_when_the_database_is_away_and_nothing_is_half_done(
    folder: Path, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    house = House.at(folder)
    token = house.join()
    take_away(folder, request)
    reader = Reader(public_app(Front(make_site(folder, TOML + PUBLIC), now=house.clock)))

    for path in (f"/u/{token}", f"/preferences/{token}"):
        answer = reader.post(path, {"List-Unsubscribe": "One-Click"})
        assert answer.status == 503
        assert "Not available at the moment" in answer.text
        assert answer.headers["retry-after"]
    assert reader.get("/subscribe").status == 503
    assert reader.get("/healthz").status == 503
    assert reader.get(f"/u/{token}").status == 200  # it asks nobody
    assert "ana@example.net" not in caplog.text
    assert token not in caplog.text
    assert "Traceback" not in caplog.text


def test_a_body_that_is_too_large_is_refused_unread(reader: Reader) -> None:
    said = {"Content-Length": str(MAX_FORM_BYTES + 1)}
    assert reader.ask("POST", "/healthz", said, b"").status == 413
    said = {"Content-Length": str(MAX_WEBHOOK_BYTES + 1)}
    assert reader.ask("POST", "/webhooks/any", said, b"").status == 413
    assert reader.ask("POST", "/healthz", {"Content-Length": "1e3"}, b"").status == 400
    assert reader.get(f"/{'a' * 5000}").status == 414


def test_a_flood_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    house = House.at(tmp_path / "site")
    before = (house.front.site.state / "newsletter.db").read_bytes()

    statuses = [house.reader.post("/subscribe", {"address": "x"}).status for _ in range(80)]

    assert statuses[:MOST_FORMS_A_MINUTE] == [422] * MOST_FORMS_A_MINUTE
    assert set(statuses[MOST_FORMS_A_MINUTE:]) == {429}
    assert Reader(house.reader.app, "192.0.2.99").post("/subscribe", {"address": "x"}).status == 422
    assert (house.front.site.state / "newsletter.db").read_bytes() == before
    # Mail providers press the button for all their readers, from a few addresses.
    assert {house.reader.post("/u/nobody").status for _ in range(80)} == {200}


def test_a_flood_is_forgotten_after_a_minute_and_never_fills_the_memory() -> None:
    now = [0.0]
    flood = Flood(most=2, clock=lambda: now[0])
    assert [flood.refuses("a") for _ in range(3)] == [False, False, True]
    now[0] = 61.0
    assert not flood.refuses("a")
    for n in range(REMEMBERED_VISITORS + 10):
        flood.refuses(str(n))
    assert len(flood._seen) == REMEMBERED_VISITORS  # noqa: SLF001 - how much is kept is the point


def test_a_body_that_goes_on_and_on_is_cut_off(reader: Reader) -> None:
    said = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "10"}
    long = b"a=" + b"b" * (MAX_FORM_BYTES + 1)
    assert reader.ask("POST", "/subscribe", said, long).status == 413


@pytest.mark.parametrize("sent", ["", "/news"])
def test_pages_below_a_path_lead_to_pages_below_it(tmp_path: Path, sent: str) -> None:
    toml = TOML.replace("https://news.example.org", "https://www.example.org/news")
    site = make_site(tmp_path / "site", toml)
    reader = Reader(public_app(Front(site)))

    page = reader.get(f"{sent}/subscribe")

    assert page.status == 200
    assert 'action="/news/subscribe"' in page.text
    assert 'href="/news/assets/pages.css' in page.text
    assert reader.get(f"{sent}/assets/pages.css").status == 200
    assert reader.get(f"{sent}/").headers["location"] == "/news/subscribe"
    assert reader.get(f"{sent}/archive").headers["location"] == "/news/archive/"


def test_a_page_is_in_the_language_that_is_asked_for(reader: Reader) -> None:
    def lang(path: str, accepted: str = "") -> str:
        text = reader.get(path, {"Accept-Language": accepted}).text
        return text.partition("<html ")[2].partition(">")[0]

    assert lang("/subscribe") == 'lang="en" dir="ltr"'
    assert lang("/subscribe?lang=ar", "de") == 'lang="ar" dir="rtl"'
    assert lang("/subscribe", "xx, uk;q=0.7, de;q=0.9") == 'lang="de" dir="ltr"'
    assert lang("/subscribe", "pt-PT") == 'lang="pt-PT" dir="ltr"'
    assert lang("/subscribe", "xx") == 'lang="en" dir="ltr"'


def test_a_site_has_pages_and_words_and_a_logo_of_its_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "site"
    (folder / "pages").mkdir(parents=True)
    (folder / "pages" / "leave.html.j2").write_text("<h1>{{ t.leave_button }}, {{ lang }}</h1>")
    (folder / "pages" / "left.html.j2").write_text("{{ ().__class__.__mro__ }}")
    (folder / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    words = '[public]\nlogo = "logo.svg"\n[strings.en]\nleave_button = "Let me go"\n'
    reader = Reader(public_app(Front(make_site(folder, TOML + words))))

    assert reader.get("/u/x").text == "<h1>Let me go, en</h1>"
    assert "You are unsubscribed" in reader.post("/u/x").text  # ours stands in
    assert "left.html.j2" in caplog.text
    assert (
        '<img class="logo" src="/assets/logo" alt="Harbour Watch">' in reader.get("/subscribe").text
    )
    logo = reader.get("/assets/logo")
    assert logo.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in logo.headers["content-security-policy"]
    tag = {"If-None-Match": logo.headers["etag"]}
    assert reader.get("/assets/logo", tag).status == 304


def test_words_are_there_in_every_language_of_the_letters() -> None:
    assert known_words().keys() == WORDS.keys()
    for locale, words in known_words().items():
        whole = "-" not in locale
        assert words.keys() == PAGE_WORDS.keys() or (not whole and words.keys() < PAGE_WORDS.keys())
        for name, text in words.items():
            assert set(re.findall(r"{(\w+)}", text)) == PAGE_WORDS[name], (locale, name)


def test_an_answer_does_not_wait_for_company() -> None:
    """Without its protocol named, asyncio leaves Nagle's algorithm on: 40 ms for each answer."""
    listener = listening("127.0.0.1", 0)
    assert listener.proto == socket.IPPROTO_TCP
    listener.close()
