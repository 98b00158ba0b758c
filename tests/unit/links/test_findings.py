"""What an editor is told: each URL asked once, each place told, the codes of the reference."""

from __future__ import annotations

import json
import ssl
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from composer.checks.link_codes import LINKS
from composer.links.answer import Answer, Question, Verdict
from composer.links.ask import Asker, Limits
from composer.links.crowd import OFFLINE_HOSTS, ask_all, lanes_of
from composer.links.findings import LinkCheck, LinkReport
from composer.links.memory import Memory
from composer.model.finding import Severity
from composer.model.issue import Block, Button, Expression, Image, Link, Position, Text
from tests.servers.certificates import make_certificate
from tests.servers.web_like import Internet, Page, WebServer, moved
from tests.unit.checks.samples import NEWSLETTER, issue_with, paragraph
from tests.unit.links.web import HOST, QUICK, asker

NOON_S = 1_800_000_000.0
PNG = {"Content-Type": "image/png"}


def link(url: str, line: int = 12) -> Block:
    return replace(
        paragraph(Link((url,), (Text("here"),), "", Position(line, 5))), at=Position(line)
    )


def image(url: str) -> Image:
    return Image(url, None, ("A pier",), "", None, None, Position(20))


def check(
    tmp_path: Path, internet: Internet, *blocks: Block, now_s: float = NOON_S, fresh: bool = False,
    limits: Limits = QUICK, trust: ssl.SSLContext | None = None,
) -> LinkReport:  # fmt: skip
    memory = Memory.of(tmp_path / "state" / "links.json", now_s, fresh=fresh)
    made = LinkCheck([issue_with(*blocks)], NEWSLETTER, memory)
    return made.run(asker(internet, limits=limits, trust=trust))


def told(report: LinkReport) -> list[tuple[str, int]]:
    return [(finding.code, finding.line) for finding in report.findings]


def one(tmp_path: Path, page: Page, fragment: str = "") -> tuple[str, Severity, str, str]:
    with WebServer({"/a": page, "/b": Page()}) as web:
        (finding,) = check(tmp_path, Internet(web), link(f"{HOST}/a{fragment}")).findings
    return finding.code, finding.severity, finding.message, finding.hint


# --- every code ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "code", "severity"),
    [
        (Page(404), "link/dead", Severity.ERROR),
        (Page(403), "link/unclear", Severity.WARNING),
        (Page(drops=9), "link/unclear", Severity.WARNING),
        (Page(slow="head"), "link/timeout", Severity.WARNING),
        (moved("/a"), "link/loop", Severity.WARNING),
        (moved("/b"), "link/moved", Severity.WARNING),
        (moved("http://169.254.169.254/latest"), "link/private", Severity.ERROR),
        (moved("http://me:pw@pages.example.net/"), "link/credentials", Severity.ERROR),
        (moved("http://pages.example.net:8080/"), "link/unasked", Severity.WARNING),
    ],
)
def test_what_a_page_does_has_a_code(
    tmp_path: Path, page: Page, code: str, severity: Severity
) -> None:
    assert one(tmp_path, page)[:2] == (code, severity)


def test_a_page_that_moved_is_told_with_what_to_write(tmp_path: Path) -> None:
    _, _, message, hint = one(tmp_path, moved("/b", 308), fragment="#here")

    assert message == f"the link {HOST}/a has moved for good"
    assert hint == f"write {HOST}/b#here"


def test_a_page_that_leads_to_the_front_page_now_may_be_gone(tmp_path: Path) -> None:
    with WebServer({"/a": moved("/"), "/": Page()}) as web:
        (finding,) = check(tmp_path, Internet(web), link(f"{HOST}/a")).findings

    assert finding.code == "link/moved"
    assert "gone" in finding.hint


def test_a_place_that_a_page_does_not_have_is_told_where_it_is_linked(tmp_path: Path) -> None:
    with WebServer({"/a": Page()}) as web:
        blocks = [
            link(f"{HOST}/a{end}", n) for n, end in enumerate(["", "#here", "#away", "#/r"], 1)
        ]
        report = check(tmp_path, Internet(web), *blocks)

    assert told(report) == [("link/fragment", 3)]
    assert len(web.seen) == 1


def test_an_image_that_is_none_and_one_that_is_too_heavy_are_told(tmp_path: Path) -> None:
    pages = {
        "/page": Page(),
        "/svg": Page(headers={"Content-Type": "image/svg+xml"}),
        "/heavy": Page(headers={**PNG, "Content-Length": "1048577"}),
        "/fit": Page(headers={**PNG, "Content-Length": "1048576"}),
    }
    with WebServer(pages) as web:
        report = check(tmp_path, Internet(web), *(image(HOST + path) for path in pages))

    assert [(f.code, f.severity) for f in report.findings] == [
        ("image/remote-type", Severity.ERROR),
        ("image/remote-type", Severity.WARNING),
        ("image/remote-size", Severity.WARNING),
    ]


def test_a_bad_certificate_and_a_better_https_are_told(tmp_path: Path) -> None:
    path = tmp_path / "c.pem"
    made = make_certificate(path, name="pages.example.net")
    trust = ssl.create_default_context(cafile=path)
    with (
        WebServer({"/a": Page()}) as plain,
        WebServer({"/a": Page()}, certificate=made.context) as secure,
    ):
        internet = Internet(plain, secure, names={"other.example.net": ["8.8.4.4"]})
        blocks = link(f"{HOST}/a", 3), link("https://other.example.net/", 4)
        report = check(tmp_path, internet, *blocks, trust=trust)

    assert told(report) == [("link/https-available", 3), ("link/tls", 4)]
    assert report.findings[0].hint == "write https://pages.example.net/a"


def test_without_a_network_there_is_one_finding_and_no_long_wait(tmp_path: Path) -> None:
    internet = Internet()
    internet.down = True
    blocks = [link(f"https://host{n}.example.net/", n) for n in range(1, 60)]

    report = check(tmp_path, internet, *blocks)

    assert told(report) == [("link/offline", 1)]
    assert report.findings[0].severity is Severity.ERROR
    assert not (tmp_path / "state" / "links.json").read_text().count("example.net")


def test_when_nobody_can_be_reached_the_rest_is_not_waited_for() -> None:
    release = threading.Event()

    class Stuck(Asker):
        def ask(self, question: Question) -> Answer:
            if int(question.url.rpartition("/")[2]) >= OFFLINE_HOSTS:
                release.wait()
            return Answer(Verdict.OFFLINE)

    stuck = Stuck(Internet().network(), QUICK, "test")
    questions = [Question(f"http://host{n}.example.net/{n}") for n in range(50)]

    found = list(ask_all(questions, stuck, lambda _: None))
    release.set()

    assert {question for question, _ in found} == set(questions)
    assert {answer.verdict for _, answer in found} == {Verdict.OFFLINE}


def test_one_name_that_cannot_be_looked_up_is_not_a_machine_without_a_network(
    tmp_path: Path,
) -> None:
    class Flaky(Internet):
        def resolve(self, host: str, port: int) -> list[object]:  # type: ignore[override]  # a list
            self.down = host == "flaky.example.net"
            return list(super().resolve(host, port))

    with WebServer({"/a": Page()}) as web:
        blocks = link(f"{HOST}/a"), link("http://flaky.example.net/", 13)
        report = check(tmp_path, Flaky(web), *blocks, limits=replace(QUICK, threads=1))

    assert told(report) == [("link/unclear", 13)]


def test_every_code_of_the_reference_is_one_that_this_file_brings_about() -> None:
    text = Path(__file__).read_text(encoding="utf-8")

    assert [code for code, _, _ in LINKS if f'"{code}"' not in text] == []


def test_what_a_server_says_cannot_paint_the_terminal(tmp_path: Path) -> None:
    page = moved("/b\x1b]0;x\x07?q=\x1b[31m")
    _, _, message, hint = one(tmp_path, page)

    assert (message + hint).isprintable()


# --- what is asked ------------------------------------------------------------------------


def test_a_url_is_asked_once_and_told_at_every_place(tmp_path: Path) -> None:
    with WebServer({}) as web:
        report = check(
            tmp_path,
            Internet(web),
            link(f"{HOST}/a", 3),
            link(f"{HOST}/a", 4),
            Button((Text("go"),), (f"{HOST}/a",), Position(5)),
        )

    assert sorted(told(report)) == [("link/dead", 3), ("link/dead", 4), ("link/dead", 5)]
    assert web.seen == [("HEAD", "/a"), ("GET", "/a")]
    assert report.asked == 1


def test_what_is_no_page_of_others_is_not_asked(tmp_path: Path) -> None:
    internet = Internet()
    base = Expression("newsletter.base_url", None, Position(1))
    own = paragraph(Link((base, "/archive"), (Text("x"),), "", Position(9)))
    urls = ["mailto:a@example.org", "tel:+1", "#one", "https://NEWS.example.org/u/token"]

    report = check(tmp_path, internet, *map(link, urls), own)

    assert report.findings == ()
    assert internet.looked_up == []
    assert report.notes == ("not asked: 2 of the newsletter's own pages",)


def test_a_readers_value_is_asked_as_its_default_or_not_at_all(tmp_path: Path) -> None:
    def personal(default: str | None) -> Block:
        value = Expression("subscriber.first_name", default, Position(9, 9))
        return paragraph(Link((f"{HOST}/a?n=", value), (Text("x"),), "", Position(9)))

    with WebServer({"/a?n=a%20b%26c": Page()}) as web:
        report = check(tmp_path, Internet(web), personal("a b&c"), personal(None))

    assert report.findings == ()
    assert web.seen == [("HEAD", "/a?n=a%20b%26c")]
    assert report.notes == ("not asked: 1 that a reader's value without a default completes",)


def test_no_host_is_asked_by_more_than_two_at_a_time(tmp_path: Path) -> None:
    pages = {f"/{n}": Page() for n in range(24)}
    with WebServer(pages) as web:
        web.thinks_s = 0.02
        report = check(tmp_path, Internet(web), *(link(HOST + path) for path in pages))

    assert report.asked == len(web.seen) == 24
    assert 1 <= web.most_under_way <= 2


def test_lanes_hold_every_question_once() -> None:
    questions = [Question(f"http://{host}.example/{n}") for host in "aab" for n in range(5)]

    lanes = lanes_of(questions, 2)

    assert sorted(q.url for lane in lanes for q in lane) == sorted(q.url for q in questions)
    assert [len(lane) for lane in lanes] == [5, 5, 3, 2]


def test_when_time_is_over_the_rest_is_told_and_nobody_waits(tmp_path: Path) -> None:
    limits = replace(QUICK, total_s=0.2, request_s=30.0, link_s=30.0)
    with WebServer({"/a": Page(slow="head")}) as web:
        report = check(tmp_path, Internet(web), link(f"{HOST}/a"), link(f"{HOST}/b"), limits=limits)
        web.stopping.set()

    assert {code for code, _ in told(report)} <= {"link/timeout", "link/dead"}
    assert ("link/timeout", 12) in told(report)


def test_a_page_that_breaks_the_asker_does_not_lose_the_others() -> None:
    class Broken(Asker):
        def ask(self, question: Question) -> Answer:
            if question.url.endswith("a"):
                raise RuntimeError
            return Answer(Verdict.ALIVE)

    broken = Broken(Internet().network(), QUICK, "test")
    found = dict(ask_all([Question("http://x/a"), Question("http://x/b")], broken, lambda _: None))

    assert {answer.verdict for answer in found.values()} == {Verdict.UNCLEAR, Verdict.ALIVE}


# --- what is remembered -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "after_s", "asks"),
    [
        (Page(), 24 * 3600 - 1, 0),
        (Page(), 24 * 3600, 1),
        (Page(404), 3599, 0),
        (Page(404), 3600, 2),
        (Page(), -1, 1),
    ],
)
def test_an_answer_holds_a_day_and_bad_news_an_hour(
    tmp_path: Path, page: Page, after_s: float, asks: int
) -> None:
    with WebServer({"/a": page}) as web:
        first = check(tmp_path, Internet(web), link(f"{HOST}/a"))
        web.seen.clear()
        second = check(tmp_path, Internet(web), link(f"{HOST}/a"), now_s=NOON_S + after_s)

    assert len(web.seen) == asks
    assert first.findings == second.findings
    assert second.remembered == (not asks)


def test_fresh_answers_are_asked_for_and_kept(tmp_path: Path) -> None:
    with WebServer({"/a": Page()}) as web:
        check(tmp_path, Internet(web), link(f"{HOST}/a"))
        web.pages.clear()
        fresh = check(tmp_path, Internet(web), link(f"{HOST}/a"), fresh=True)
        later = check(tmp_path, Internet(web), link(f"{HOST}/a"))

    assert told(fresh) == told(later) == [("link/dead", 12)]
    assert later.asked == 0


def test_everything_that_was_learnt_survives_the_file(tmp_path: Path) -> None:
    question = Question("https://a.example/", frozenset({"x", "y"}), image=True)
    answer = Answer(Verdict.ALIVE, "é", "https://b.example/", True, "image/png", 7, frozenset("x"))
    memory = Memory.of(tmp_path / "links.json", NOON_S)
    memory.learn([(question, answer)])
    memory.save()

    assert Memory.of(tmp_path / "links.json", NOON_S + 1).recall(question) == answer
    assert [path.name for path in tmp_path.iterdir()] == ["links.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"version": 1}',
        '{"version": 2, "answers": {}}',
        '{"version": 1, "answers": []}',
        '{"version": 1, "answers": {"page x": 3}}',
        '{"version": 1, "answers": {"page x": {"asked": 1, "verdict": "?"}}}',
        '{"version": 1, "answers": {"page x": {"asked": "x", "verdict": "alive"}}}',
        "[" * 100_000,
        "\udcff",
    ],
)
def test_a_broken_memory_is_told_and_replaced(tmp_path: Path, text: str) -> None:
    file = tmp_path / "state" / "links.json"
    file.parent.mkdir()
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with WebServer({"/a": Page()}) as web:
        report = check(tmp_path, Internet(web), link(f"{HOST}/a"))

    assert report.notes == ("links.json cannot be read; every link is asked again",)
    assert list(json.loads(file.read_text())["answers"]) == [f"page {HOST}/a"]


def test_a_memory_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file in its place")
    with WebServer({}) as web:
        report = check(tmp_path, Internet(web), link(f"{HOST}/a"))

    assert told(report) == [("link/dead", 12)]
    assert "could not be kept" in report.notes[-1] or "cannot be read" in report.notes[-1]
