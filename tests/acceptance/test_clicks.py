"""Counting clicks from the outside: the plan says so, links lead on, reports and A/B tests know."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest

from tests.acceptance.conftest import CONFIG, ISSUE, SiteFolder
from tests.acceptance.test_scheduling import time_passes
from tests.servers.public import serving

BRIEF, GAZETTE = "https://harbour.example/14", "https://gazette.example/strike?a=1&b=2"
LINKS = f"\n[The brief]({BRIEF}) and [the Gazette]({GAZETTE}).\n"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
SEND = ("send", "2026-014", "--segment", "everyone")
PLAN = ("plan", "2026-014", "--segment", "everyone")


@pytest.fixture
def site(site: SiteFolder) -> SiteFolder:
    site.write("issues/2026-014/issue.md", ISSUE + LINKS)
    return site


def letters(site: SiteFolder) -> dict[str, tuple[str, str, list[str]]]:
    """By address: the subject, the text, and the targets of the links of the HTML."""
    found = {}
    for path in site.mail:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        text, html = (
            part.get_content() for part in message.iter_parts() if isinstance(part, EmailMessage)
        )
        links = [unescape(href) for href in re.findall(r'<a [^>]*?href="([^"]*)"', html)]
        found[message["To"].addresses[0].addr_spec] = (message["Subject"], text, links)
    return found


def counted(links: list[str]) -> list[str]:
    return [urlsplit(link).path for link in links if "news.example.org/c/" in link]


def test_a_plan_says_that_clicks_are_counted_and_a_send_is_held_to_it(site: SiteFolder) -> None:
    plain = site.run("--json", *PLAN).document
    assert (plain["count_clicks"], plain["counted_links"]) == (False, 0)
    assert "clicks " not in site.run(*PLAN).out

    ran = site.run(*PLAN, "--count-clicks")

    assert "counted: 3 links lead through https://news.example.org/c/" in ran.out
    assert "no IP, no cookie, no browser" in ran.out
    assert "Next: newsletter send 2026-014 --segment everyone --count-clicks" in ran.err
    document = site.run("--json", *PLAN, "--count-clicks").document
    assert (document["count_clicks"], document["counted_links"]) == (True, 3)
    assert document["edition_digest"] != plain["edition_digest"]
    assert document["checks"] == plain["checks"]
    stale = site.run(*SEND, "--confirm", "everyone 5")
    assert stale.code == 3
    assert "its clicks were counted, and now they are not" in stale.err
    assert site.mail == []
    assert site.run(*SEND, "--count-clicks", "--confirm", "everyone 5").code == 0
    assert len(site.mail) == 5


def test_links_are_left_alone_unless_it_is_asked_for(site: SiteFolder) -> None:
    assert site.run(*SEND, "--confirm", "everyone 5").code == 0
    for _, _, links in letters(site).values():
        assert counted(links) == []
        assert BRIEF in links


def test_a_site_may_count_in_all_its_mailings_but_one(site: SiteFolder) -> None:
    site.configure("[public]\ncount_clicks = true\n")
    assert site.run("--json", *PLAN).document["count_clicks"] is True
    assert site.run("--json", *PLAN, "--no-count-clicks").document["count_clicks"] is False


def test_a_dry_run_has_links_like_them_and_their_text_is_as_it_was(site: SiteFolder) -> None:
    assert site.run(*SEND, "--dry-run", "--count-clicks").code == 0
    for _, text, links in letters(site).values():
        assert all(path.startswith("/c/rehearsal-") for path in counted(links))
        assert len(counted(links)) in (2, 3)
        assert BRIEF in text
        assert "/c/" not in text


def test_only_mailings_have_counted_links(site: SiteFolder) -> None:
    site.configure("[public]\ncount_clicks = true\n")
    site.write("issues/2026-014/issue.md", ISSUE.replace("---\n\n", "archive: public\n---\n\n"))
    for words in (("render", "2026-014", "-o", "seen"), ("archive", "build", "-o", "web")):
        ran = site.run(*words)
        assert ran.code == 0, ran.err
    assert site.run("test", "2026-014", "--to", "ana@example.org").code == 0
    written = [
        path.read_text("utf-8", "replace")
        for name in ("seen", "web", ".newsletter/outbox")
        for path in (site.folder / name).rglob("*.*")
        if path.is_file()
    ]
    assert len(written) > 6
    assert not any("news.example.org/c/" in text for text in written)


def test_people_follow_links_and_the_report_says_how_many(site: SiteFolder) -> None:
    assert site.run(*SEND, "--count-clicks", "--confirm", "everyone 5").code == 0
    sent = letters(site)
    time_passes(site, 3_600)
    with (
        serving(site.folder, nursery=site.nursery) as server,
        httpx.Client(base_url=server.address, headers=BROWSER) as http,
    ):
        for address in ("cleo@example.org", "dan@example.org"):
            answer = http.get(counted(sent[address][2])[0])
            assert (answer.status_code, answer.headers["location"]) == (302, BRIEF)
            assert "set-cookie" not in answer.headers
        assert http.head(counted(sent["eve@example.org"][2])[0]).status_code == 302
        program = {"User-Agent": "Barracuda Sentinel (EE)"}
        answer = http.get(counted(sent["ana@example.org"][2])[1], headers=program)
        assert answer.status_code == 302
        assert http.get("/c/" + "0" * 40).status_code == 404
        # While it serves, whoever wants the figures takes in what waits.
        report = site.run("--json", "report").document
        code, said = server.stop()

    assert (code, "Traceback" in said) == (0, False)
    assert report["clicks"] == [{"link": BRIEF, "people": 2, "machines": 1}]
    assert report["events"]["clicked"] == 2
    assert report["balanced"] is True
    again = site.run("--json", "events", "apply").document
    assert (again["new"], again["unreadable_clicks"]) == (0, 0)
    assert "2 readers followed this link" in _letter(site)


def _letter(site: SiteFolder) -> str:
    page = site.run("report", "--format", "html").out
    return unescape(unescape(page))


def test_clicks_that_a_killed_server_left_are_taken_in_by_the_next(site: SiteFolder) -> None:
    assert site.run(*SEND, "--count-clicks", "--confirm", "everyone 5").code == 0
    sent = letters(site)
    time_passes(site, 3_600)
    with (
        serving(site.folder, nursery=site.nursery) as server,
        httpx.Client(headers=BROWSER) as http,
    ):
        for _, _, links in sent.values():
            assert http.get(f"{server.address}{counted(links)[0]}").status_code == 302
        server.process.kill()

    site.run("events", "apply")

    assert site.run("--json", "report").document["events"]["clicked"] == 5


def test_an_ab_test_by_clicks_needs_no_provider(site: SiteFolder) -> None:
    both = 'subject: {a: "A quiet strike", b: "Nine hours"}'
    text = ISSUE.replace('subject: "Harbour Watch 14: a quiet strike"', both) + LINKS
    site.write("issues/2026-014/issue.md", text)
    many = [f"reader{n}@example.org,Reader {n},reader" for n in range(40)]
    assert site.subscribe(many).code == 0
    test = ("--ab-test", "50% 1h clicks")
    assert "clicks are not measured here (--count-clicks" in site.run(*PLAN, *test).out
    plan = site.run(*PLAN, *test, "--count-clicks")
    assert "not measured" not in plan.out
    confirmed = site.run(*SEND, *test, "--count-clicks", "--confirm", "everyone 45", "--wait", "0")
    assert confirmed.code in (0, 6), confirmed.err
    first = list(letters(site).values())
    time_passes(site, 7_200)
    bees = [links for subject, _, links in first if subject == "Nine hours"]
    assert 0 < len(bees) < len(first)
    with (
        serving(site.folder, nursery=site.nursery) as server,
        httpx.Client(headers=BROWSER) as http,
    ):
        for links in bees:
            assert http.get(f"{server.address}{counted(links)[0]}").status_code == 302
        server.process.kill()
    assert site.run("run-due").code == 0

    decided = site.run("--json", "report").document["ab_test"]["decision"]
    assert decided["winner"] == "b"
    assert decided["variants"]["b"]["people"] == len(bees)
    assert len(site.mail) == 45


def test_more_links_than_sendgrid_carries_are_refused_in_the_plan(site: SiteFolder) -> None:
    site.environ["SENDGRID_API_KEY"] = "SG.none"
    config = CONFIG + '[provider.sendgrid]\napi_key = { env = "SENDGRID_API_KEY" }\n'
    site.write("newsletter.toml", config)
    many = "".join(f"[Link {n}](https://harbour.example/{n}), " for n in range(120))
    site.write("issues/2026-014/issue.md", f"{ISSUE}\n{many}\n")

    ran = site.run(*PLAN, "--provider", "sendgrid", "--count-clicks")

    assert ran.code == 3
    assert "120 counted links" in ran.err or "121 counted links" in ran.err
    assert "sendgrid takes 10,000" in ran.err
    assert "hint: --no-count-clicks" in ran.err
    assert site.run(*PLAN, "--provider", "sendgrid").code == 0


def test_many_links_are_no_trouble_elsewhere(site: SiteFolder) -> None:
    many = "".join(f"[Link {n}](https://harbour.example/{n}), " for n in range(120))
    site.write("issues/2026-014/issue.md", f"{ISSUE}\n{many}\n")
    assert site.run(*PLAN, "--count-clicks").code == 0
