"""One question, put to real servers that answer, refuse, redirect, dawdle and lie."""

from __future__ import annotations

import gzip
import ssl
from pathlib import Path

import pytest

from composer.links.answer import Question, Verdict
from tests.servers.certificates import make_certificate
from tests.servers.web_like import PUBLIC, Internet, Page, WebServer, moved
from tests.unit.links.web import HOST, ask, asker


def test_a_page_that_answers_head_is_alive_and_only_asked_once() -> None:
    with WebServer({"/a": Page()}) as web:
        answer = ask(Internet(web), "/a")

    assert answer.verdict is Verdict.ALIVE
    assert web.seen == [("HEAD", "/a")]
    assert web.headers[0]["host"] == "pages.example.net"
    assert web.headers[0]["user-agent"] == "newsletter-composer/test"
    assert web.headers[0]["accept"].startswith("text/html")


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500, 501])
def test_a_server_that_refuses_head_is_asked_again_with_get(status: int) -> None:
    with WebServer({"/a": Page(head=status)}) as web:
        answer = ask(Internet(web), "/a")

    assert answer.verdict is Verdict.ALIVE
    assert [method for method, _ in web.seen] == ["HEAD", "GET"]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (404, Verdict.DEAD),
        (410, Verdict.DEAD),
        (401, Verdict.UNCLEAR),
        (403, Verdict.UNCLEAR),
        (429, Verdict.UNCLEAR),
        (500, Verdict.UNCLEAR),
        (503, Verdict.UNCLEAR),
        (999, Verdict.UNCLEAR),
    ],
)
def test_a_status_is_dead_only_when_it_says_so(status: int, verdict: Verdict) -> None:
    with WebServer({"/a": Page(status)}) as web:
        answer = ask(Internet(web), "/a")

    assert answer.verdict is verdict
    assert str(status) in answer.reason


def test_a_host_that_asks_us_to_slow_down_is_left_alone() -> None:
    with WebServer({"/a": Page(429), "/b": Page()}) as web:
        one = asker(Internet(web))
        one.ask(Question(f"{HOST}/a"))
        answer = one.ask(Question(f"{HOST}/b"))

    assert answer.verdict is Verdict.UNCLEAR
    assert web.seen == [("HEAD", "/a")]


@pytest.mark.parametrize("drops", [1, 2, 3])
def test_a_lost_connection_is_tried_once_more(drops: int) -> None:
    with WebServer({"/a": Page(drops=drops)}) as web:
        answer = ask(Internet(web), "/a")

    assert answer.verdict is (Verdict.ALIVE if drops == 1 else Verdict.UNCLEAR)
    assert len(web.seen) == 2


def test_a_name_that_does_not_exist_is_not_one_that_cannot_be_looked_up() -> None:
    internet = Internet()
    gone = asker(internet).ask(Question("https://nobody.example.net/"))
    internet.down = True
    offline = asker(internet).ask(Question("https://nobody.example.net/"))

    assert gone.verdict is Verdict.NAMELESS
    assert "nobody.example.net" in gone.reason
    assert offline.verdict is Verdict.OFFLINE


def test_a_host_where_nobody_listens_is_dead() -> None:
    assert ask(Internet(), "/a").verdict is Verdict.DEAD


@pytest.mark.parametrize("slow", ["head", "body"])
def test_a_server_that_trickles_byte_by_byte_meets_the_deadline(slow: str) -> None:
    page = Page(slow=slow, body=b"", headers={"Content-Length": "1000000"})
    with WebServer({"/a": page}) as web:
        answer = ask(Internet(web), "/a", "here")

    assert answer.verdict is Verdict.TIMEOUT


# --- redirects ----------------------------------------------------------------------------


def test_a_permanent_redirect_tells_the_new_address() -> None:
    with WebServer({"/a": moved("/b"), "/b": moved("/c", 308), "/c": Page()}) as web:
        answer = ask(Internet(web), "/a")

    assert answer.verdict is Verdict.ALIVE
    assert answer.moved_to == f"{HOST}/c"


def test_what_comes_after_a_temporary_redirect_is_no_new_address() -> None:
    pages = {"/a": moved("/b"), "/b": moved("/c", 302), "/c": moved("/d"), "/d": Page()}
    with WebServer(pages) as web:
        answer = ask(Internet(web), "/a")

    assert answer.moved_to == f"{HOST}/b"


def test_a_redirect_to_a_page_that_is_gone_is_dead() -> None:
    with WebServer({"/a": moved("/b")}) as web:
        answer = ask(Internet(web), "/a")

    assert answer.verdict is Verdict.DEAD
    assert "/b" in answer.reason


def test_redirects_without_an_end_are_not_followed_for_ever() -> None:
    endless = {f"/{n}": moved(f"/{n + 1}") for n in range(50)}
    with WebServer({"/a": moved("/b"), "/b": moved("/a"), **endless}) as web:
        circle = ask(Internet(web), "/a")
        far = ask(Internet(web), "/0")

    assert circle.verdict is far.verdict is Verdict.LOOP
    assert len(web.seen) <= 2 + 6


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://localhost.example.net/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[::1]/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://100.64.0.1/",
        "http://10.0.0.1:80/",
        "//0/",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_no_address_of_an_inner_network_is_ever_dialled(location: str, *, first: bool) -> None:
    with WebServer({"/a": moved(location)}) as web:
        internet = Internet(web, names={"localhost.example.net": ["127.0.0.1"]})
        url = f"{HOST}/a" if not first or location.startswith("//") else location
        answer = asker(internet).ask(Question(url))

    assert answer.verdict is Verdict.PRIVATE
    assert set(internet.dialled) <= {f"{PUBLIC} 80"}


@pytest.mark.parametrize(
    ("location", "verdict"),
    [
        ("file:///etc/passwd", Verdict.UNASKED),
        ("gopher://pages.example.net/x", Verdict.UNASKED),
        ("http://pages.example.net:6379/", Verdict.UNASKED),
        ("http://a:b@pages.example.net/", Verdict.CREDENTIALS),
        ("http://[half/", Verdict.DEAD),
    ],
)
def test_a_redirect_is_judged_like_a_link(location: str, verdict: Verdict) -> None:
    with WebServer({"/a": moved(location)}) as web:
        internet = Internet(web)
        answer = ask(internet, "/a")

    assert answer.verdict is verdict
    assert len(internet.dialled) == 1


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with WebServer({"/": Page()}) as web:
        internet = Internet(web, names={"both.example.net": [PUBLIC, "10.0.0.7"]})
        answer = asker(internet).ask(Question("http://both.example.net/"))

    assert answer.verdict is Verdict.PRIVATE
    assert "10.0.0.7" in answer.reason
    assert internet.dialled == []


def test_the_address_that_was_judged_is_the_one_that_is_dialled() -> None:
    class Rebinding(Internet):
        def resolve(self, host: str, port: int) -> list[object]:  # type: ignore[override]  # a list
            first = not self.looked_up
            self.names["pages.example.net"] = [PUBLIC] if first else ["127.0.0.1"]
            return list(super().resolve(host, port))

    with WebServer({"/a": Page()}) as web:
        internet = Rebinding(web)
        ask(internet, "/a")

    assert internet.dialled == [f"{PUBLIC} 80"]
    assert internet.looked_up[0] == "pages.example.net"


# --- bodies -------------------------------------------------------------------------------


def test_an_anchor_is_looked_for_in_a_page_that_was_read_whole() -> None:
    body = b"<p ID='caf\xc3\xa9'><a name=old></a><h2 id=user-content-install></h2>"
    with WebServer({"/a": Page(body=body), "/untold": Page(body=body, untold=True)}) as web:
        for path in ("/a", "/untold"):
            answer = ask(Internet(web), path, "caf%C3%A9", "old", "install", "away")
            assert answer.absent == {"away"}


@pytest.mark.parametrize(
    "page",
    [
        Page(body=b"x" * 3_000_000),
        Page(headers={"Content-Type": "application/pdf"}),
        Page(body=gzip.compress(b"\0" * 50_000_000), headers={"Content-Encoding": "gzip"}),
    ],
)
def test_nothing_is_said_of_anchors_in_a_page_that_was_not_read(page: Page) -> None:
    with WebServer({"/a": page}) as web:
        answer = ask(Internet(web), "/a", "away")

    assert answer.verdict is Verdict.ALIVE
    assert not answer.absent


def test_an_image_has_a_type_and_a_size_told_or_measured() -> None:
    png = {"Content-Type": "image/png"}
    pages = {
        "/told": Page(body=b"x" * 700, headers=png),
        "/untold": Page(body=b"x" * 700, headers=png, untold=True),
        "/huge": Page(body=b"x" * 4_000_000, headers=png, untold=True),
    }
    with WebServer(pages) as web:
        answers = {path: ask(Internet(web), path, image=True) for path in pages}

    assert {a.media_type for a in answers.values()} == {"image/png"}
    assert answers["/told"].size_bytes == answers["/untold"].size_bytes == 700
    assert answers["/huge"].size_bytes == 1024 * 1024 + 1


# --- TLS ----------------------------------------------------------------------------------


def test_a_certificate_that_nobody_signed_is_told_with_its_reason(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "c.pem", name="pages.example.net")
    with WebServer({"/a": Page()}, certificate=certificate.context) as web:
        answer = asker(Internet(secure=web)).ask(Question("https://pages.example.net/a"))

    assert answer.verdict is Verdict.TLS
    assert "self-signed" in answer.reason
    assert web.seen == []


@pytest.mark.parametrize(
    ("name", "days", "reason"), [("other.example.net", 2, "mismatch"), ("", -1, "expired")]
)
def test_a_certificate_must_be_for_that_name_and_this_day(
    tmp_path: Path, name: str, days: int, reason: str
) -> None:
    path = tmp_path / "c.pem"
    certificate = make_certificate(path, name=name or "pages.example.net", days=days)
    trust = ssl.create_default_context(cafile=path)
    with WebServer({"/a": Page()}, certificate=certificate.context) as web:
        internet = Internet(secure=web)
        answer = asker(internet, trust=trust).ask(Question("https://pages.example.net/a"))

    assert answer.verdict is Verdict.TLS
    assert reason in answer.reason.lower()


def test_an_http_page_that_https_has_too_is_told(tmp_path: Path) -> None:
    path = tmp_path / "c.pem"
    certificate = make_certificate(path, name="pages.example.net")
    trust = ssl.create_default_context(cafile=path)
    with (
        WebServer({"/a": Page(), "/b": Page()}) as plain,
        WebServer({"/a": Page()}, certificate=certificate.context) as secure,
    ):
        one = asker(Internet(plain, secure), trust=trust)
        both = one.ask(Question(f"{HOST}/a"))
        only = one.ask(Question(f"{HOST}/b"))
        already = one.ask(Question("https://pages.example.net/a"))

    assert (both.https, only.https, already.https) == (True, False, False)
    assert both.verdict is only.verdict is already.verdict is Verdict.ALIVE


def test_a_plain_server_on_the_port_of_tls_is_told() -> None:
    with WebServer({"/a": Page()}) as web:
        answer = asker(Internet(secure=web)).ask(Question("https://pages.example.net/a"))

    assert answer.verdict is Verdict.TLS
