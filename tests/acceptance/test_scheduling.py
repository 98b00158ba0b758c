"""Mailings for later, from the outside: time passes by moving what the database says of it."""

from __future__ import annotations

import csv
import email
import email.policy
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from composer.events.event import Event, Kind, key_of
from composer.sending.contest import NEVER_S
from composer.site import Site
from tests.acceptance.conftest import ISSUE, Prepare, SiteFolder
from tests.databases import BOTH

BERLIN = [
    "ana@example.org,Ana,board,Europe/Berlin",
    "ben@example.org,,board,America/New_York",
    "cleo@example.org,Cleo,reader,Asia/Tokyo",
    "dan@example.org,Dan,reader,",
    "eve@example.org,Zoë,,Mars/Olympus",
]
TESTED = ISSUE.replace(
    'subject: "Harbour Watch 14: a quiet strike"',
    'subject: {a: "A quiet strike", b: "Nine hours without cranes"}\n'
    "ab_test: { sample: 50%, wait: 1h, metric: clicks }",
)


def tomorrow(words: str) -> str:
    return f"{datetime.now(UTC).date() + timedelta(days=1)} {words}"


@pytest.fixture(params=BOTH)
def site_database(request: pytest.FixtureRequest) -> str:
    """All of it holds on both kinds of database."""
    return str(request.param)


def time_passes(site: SiteFolder, seconds: float) -> None:
    """Whatever was to be then is so much nearer, and whatever was is so much longer ago."""
    with site.database() as opened:
        by = {"by": int(seconds), "never": NEVER_S - 1}
        for change in (
            "UPDATE deliveries SET due = 1 WHERE due BETWEEN 1 AND :by + 1",
            "UPDATE deliveries SET due = due - :by WHERE due BETWEEN :by + 2 AND :never",
            "UPDATE deliveries SET at = CASE WHEN at > :by THEN at - :by ELSE 0 END",
            "UPDATE mailings SET due = due - :by WHERE due > 0",
        ):
            opened.execute(text(change), by)
        for number, trial in opened.execute(text("SELECT number, trial FROM mailings")).all():
            if trial and (content := json.loads(trial))["sampled"]:
                content["sampled"] -= int(seconds)
                changed = json.dumps(content, ensure_ascii=False)
                change = "UPDATE mailings SET trial = :trial WHERE number = :number"
                opened.execute(text(change), {"trial": changed, "number": number})


def send(site: SiteFolder, *words: str) -> Any:
    return site.run(
        "--json", "send", "2026-014", "--segment", "everyone", "--confirm", "everyone 5", *words
    )


@pytest.fixture
def places(site_as: Callable[[Prepare], SiteFolder]) -> SiteFolder:
    """Five readers; three say where they live, and one of nowhere."""
    return site_as(_subscribe_everywhere)


def _subscribe_everywhere(site: SiteFolder) -> None:
    assert site.subscribe(BERLIN, "email,first_name,role,timezone").code == 0


# --- schedules --------------------------------------------------------------------------------


def test_a_scheduled_mailing_is_frozen_now_and_goes_at_its_time(site: SiteFolder) -> None:
    ran = send(site, "--at", tomorrow("09:00 Europe/Berlin"))

    assert ran.code == 0, ran.err
    assert ran.document["state"] == "waiting"
    assert ran.document["planned"] == 5
    assert ran.document["balanced"] is True
    assert ran.document["schedule"]["at"] == tomorrow("09:00 Europe/Berlin")
    assert site.mail == []
    status = site.run("status")
    assert status.code == 0
    assert "Scheduled: 5 wait for " in status.out
    assert ran.document["schedule"]["due"] in status.out
    assert site.run("run-due").out == "Nothing was due.\n"

    # The bytes that were approved are sent, whatever becomes of the file meanwhile.
    site.write("issues/2026-014/issue.md", "---\nbroken")
    time_passes(site, 2 * 86_400)
    late = site.run("run-due")
    assert late.code == 3
    assert "ago and is left alone" in late.err
    assert "--late ok" in late.err
    assert site.mail == []
    ran = site.run("--json", "run-due", "--late", "ok")
    assert ran.code == 0, ran.err
    assert ran.document["ran"][0]["accepted"] == 5
    assert len(site.mail) == 5
    assert site.run("run-due").out == "Nothing was due.\n"
    assert site.run("status").code == 0


def test_a_rate_waits_with_its_mailing_for_whoever_delivers_it(site: SiteFolder) -> None:
    at = ("--at", tomorrow("09:00 Europe/Berlin"))
    planned = site.run("plan", "2026-014", "--segment", "everyone", *at, "--rate", "240/min")
    assert "about 1 s at 240/min" in planned.out
    assert "--rate 240/min" in planned.err
    ran = send(site, *at, "--rate", "240/min")
    assert ran.code == 0, ran.err
    assert ran.document["rate"] == "240/min"
    assert " · at most 240/min" in site.run("status").out
    assert site.run("--json", "status").document["rate"] == "240/min"
    time_passes(site, 2 * 86_400)

    began_us = time.time() * 1e6
    ran = site.run("--json", "run-due", "--late", "ok")

    assert ran.code == 0, ran.err
    assert ran.document["ran"][0]["accepted"] == 5
    assert ran.document["ran"][0]["rate"] == "240/min"
    # Four at once, and the fifth a second after the first.
    assert used_of(site) > began_us + 1e6


def test_a_rate_that_is_asked_for_later_wins_and_stays(site: SiteFolder) -> None:
    assert send(site, "--at", tomorrow("09:00 UTC"), "--rate", "1/h").code == 0
    for rate, kept in (("2/s", "2/s"), ("off", None)):
        ran = site.run("--json", "resume", "--wait", "0", "--rate", rate)
        assert ran.document["rate"] == kept
        assert ran.document["planned"] == 5
        ran = site.run("--json", "resume", "--wait", "0")
        assert ran.document["rate"] == kept
    assert "at most" not in site.run("status").out
    time_passes(site, 2 * 86_400)

    assert site.run("run-due", "--late", "ok").code == 0
    assert len(site.mail) == 5
    assert used_of(site) == 0


def used_of(site: SiteFolder) -> int:
    """Until when the rate of the only mailing is used up, in epoch microseconds."""
    with site.database() as opened:
        return int(opened.execute(text("SELECT full_us FROM mailings")).scalar_one())


def test_what_is_a_little_late_goes_without_a_word(site: SiteFolder) -> None:
    at = (datetime.now(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert send(site, "--at", at).code == 0
    time_passes(site, 3_600)

    assert site.run("run-due").code == 0
    assert len(site.mail) == 5


def test_what_is_too_late_is_a_setting(site: SiteFolder) -> None:
    site.configure('\n[guards]\nlate = "30m"\n')
    at = (datetime.now(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert send(site, "--at", at).code == 0
    time_passes(site, 3_600)

    ran = site.run("--json", "run-due")
    assert ran.code == 3
    assert ran.document["error"]
    assert site.mail == []


@pytest.mark.parametrize(
    ("at", "code", "problem"),
    [
        ("2020-01-01 09:00 UTC", 3, "is past"),
        ("next week", 2, "is not a time"),
        ("2026-11-23 09:00", 2, "names no time zone"),
        ("09:00 Europe/Berlin", 2, "names no day"),
    ],
)
def test_a_time_that_cannot_be_is_refused(
    site: SiteFolder, at: str, code: int, problem: str
) -> None:
    ran = site.run(
        "send", "2026-014", "--segment", "everyone", "--at", at, "--confirm", "everyone 5"
    )

    assert ran.code == code
    assert problem in " ".join(ran.err.split())
    assert site.run("status").code == 2


def test_the_plan_tells_the_moment_and_each_readers_own(places: SiteFolder) -> None:
    places.environ["NEWSLETTER_TIMEZONE"] = "Europe/Lisbon"
    plan = places.run(
        "--json", "plan", "2026-014", "--segment", "everyone", "--at", tomorrow("09:00 local")
    )

    assert plan.code == 0, plan.err
    schedule = plan.document["schedule"]
    assert sum(one["recipients"] for one in schedule["moments"]) == 5
    assert len(schedule["moments"]) == 4  # Tokyo, Berlin, Lisbon, New York
    assert schedule["without_zone"] == 2
    text = places.run(
        "plan", "2026-014", "--segment", "everyone", "--at", tomorrow("09:00 local")
    ).out
    assert "09:00 by each reader's own clock" in text
    assert "Asia/Tokyo" in text
    assert "2 have no time zone that is one" in text


def test_what_waits_is_told_by_what_it_waits_for(crowd: SiteFolder) -> None:
    plan = crowd.run("plan", "2026-014", "--segment", "everyone", "--at", tomorrow("09:00 UTC"))
    assert f'--segment everyone --at "{tomorrow("09:00 UTC")}"' in plan.err
    assert begin(crowd, "--at", tomorrow("09:00 UTC")).code == 0

    told = crowd.run("status").out

    assert f"wait for {tomorrow('09:00 UTC')}" in told
    assert "wait for the decision of the A/B test." in told
    assert "the rest is decided 1 h after the end of the sample" in told


def test_local_times_go_one_after_the_other(places: SiteFolder) -> None:
    assert send(places, "--at", tomorrow("09:00 local")).code == 0
    to: list[str] = []
    for _ in range(60):
        assert places.run("run-due").code == 0
        names = [path.read_text("utf-8").split("\nTo: ")[1].split("\n")[0] for path in places.mail]
        to += [name for name in names if name not in to]
        if len(to) == 5:
            break
        time_passes(places, 6_000)

    assert "cleo@" in to[0]
    assert "ana@" in to[1]
    assert "ben@" in to[4]
    assert places.run("--json", "report").document["accepted"] == 5


def test_a_second_send_does_not_hurry_or_lose_what_is_scheduled(site: SiteFolder) -> None:
    assert send(site, "--at", tomorrow("09:00 UTC")).code == 0

    for words in ([], ["--at", tomorrow("10:00 UTC")]):
        again = send(site, *words)
        assert again.code == 3
        assert "is scheduled for" in again.err
    assert site.mail == []
    assert site.run("--json", "status").document["planned"] == 5


def test_two_at_once_send_everything_once(site: SiteFolder) -> None:
    assert send(site, "--at", tomorrow("09:00 UTC")).code == 0
    time_passes(site, 2 * 86_400)

    started = [site.start("run-due", "--late", "ok") for _ in range(2)]
    for process in started:
        process.communicate(timeout=60)
    assert all(process.returncode == 0 for process in started)
    assert len(site.mail) == 5
    books = site.run("--json", "report").document
    assert books["accepted"] == 5
    assert books["balanced"] is True


# --- audiences that grew ------------------------------------------------------------------------


def test_an_audience_much_larger_than_the_last_one_needs_a_word_more(site: SiteFolder) -> None:
    assert send(site).code == 0
    site.subscribe([f"new{n}@example.org,New,reader" for n in range(3)])
    site.write("issues/2026-015/issue.md", ISSUE.replace("14", "15"))
    words = ["send", "2026-015", "--segment", "everyone", "--confirm"]

    refused = site.run(*words, "everyone 8")
    assert refused.code == 3
    assert "1.6 times as many as the last mailing to 'everyone' (5)" in refused.err
    assert len(site.mail) == 5
    assert site.run(*words, "everyone 8 larger").code == 0
    assert len(site.mail) == 13


def test_a_mailing_to_those_who_had_not_got_it_is_not_the_whole_audience(site: SiteFolder) -> None:
    """Two have the issue from a mailing to the board, three get it now: the audience is five."""
    older = ["send", "2026-014", "--segment"]
    assert site.run(*older, "board", "--confirm", "board 2").code == 0
    assert site.run(*older, "everyone", "--confirm", "everyone 3").code == 0
    site.write("issues/2026-015/issue.md", ISSUE.replace("14", "15"))

    plan = site.run("plan", "2026-015", "--segment", "everyone")

    assert plan.code == 0
    assert "times as many" not in plan.out + plan.err
    words = ["send", "2026-015", "--segment", "everyone", "--confirm", "everyone 5"]
    assert site.run(*words).code == 0
    assert len(site.mail) == 10


# --- A/B tests ----------------------------------------------------------------------------------


def subjects(site: SiteFolder) -> Counter[str]:
    found = Counter[str]()
    for path in site.mail:
        text = path.read_text("utf-8")
        found["a" if "Subject: A quiet strike" in text else "b"] += 1
    return found


@pytest.fixture
def crowd(site_as: Callable[[Prepare], SiteFolder]) -> SiteFolder:
    """Forty readers and an issue that tries two subjects on half of them."""
    return site_as(_subscribe_forty)


def _subscribe_forty(site: SiteFolder) -> None:
    site.write("issues/2026-014/issue.md", TESTED)
    readers = [f"reader{n}@example.org,R{n},reader" for n in range(40)]
    assert site.subscribe(readers).code == 0


def begin(site: SiteFolder, *words: str) -> Any:
    return site.run(
        "--json", "send", "2026-014", "--segment", "everyone", "--confirm", "everyone 40", *words
    )


def test_a_sample_goes_first_and_the_rest_when_it_was_measured(crowd: SiteFolder) -> None:
    plan = crowd.run("--json", "plan", "2026-014", "--segment", "everyone").document
    assert plan["ab_test"]["sample"] == {"a": 10, "b": 10}
    sample = 20
    assert plan["ab_test"]["rest"] == 40 - sample

    ran = begin(crowd)

    assert ran.code == 0, ran.err
    assert ran.document["planned"] == 40 - sample
    assert ran.document["balanced"] is True
    assert subjects(crowd) == Counter(plan["ab_test"]["sample"])
    status = crowd.run("--json", "status")
    assert status.code == 0
    assert status.document["state"] == "waiting"
    assert status.document["ab_test"]["state"] == "waiting"
    assert crowd.run("run-due").out == "Nothing was due.\n"

    time_passes(crowd, 3_600)
    due = crowd.run("--json", "run-due")
    assert due.code == 0, due.err
    assert len(due.document["decided"]) == 1
    # Nothing was measured here, so that the first variant goes to the rest.
    assert subjects(crowd) == Counter(plan["ab_test"]["sample"]) + Counter(a=40 - sample)
    told = crowd.run("report").out
    assert "a goes to the rest" in told
    assert "nothing was measured, so the first" in told
    books = crowd.run("--json", "report").document
    assert (books["accepted"], books["balanced"]) == (40, True)
    assert books["ab_test"]["decision"]["winner"] == "a"
    assert books["ab_test"]["noise"] is None


@pytest.mark.parametrize("metric", ["clicks", "replies"])
def test_what_people_did_decides_and_what_programs_did_does_not(
    crowd: SiteFolder, metric: str
) -> None:
    assert begin(crowd, "--ab-test", f"50% 1h {metric}").code == 0
    before = subjects(crowd)
    kind = {"clicks": Kind.CLICKED, "replies": Kind.REPLIED}[metric]
    told = []
    for address, delivery, variant in sample_of(crowd):
        key = key_of(address, kind)
        event = Event(key, kind, delivery=delivery, address=address, at="2026-11-26T09:00:00Z")
        told.append(replace(event, machine=variant == "a"))
    site = Site.find(crowd.folder, crowd.environ)
    site.database.events.apply(
        "sendgrid", told, now="2026-11-26T09:00:00Z", tracked=frozenset({kind})
    )
    # The same again, and a second click of everybody, are not more people.
    again = [replace(one, key=key_of("again", one.delivery)) for one in told]
    site.database.events.apply(
        "sendgrid", [*told, *again], now="2026-11-26T09:00:00Z", tracked=frozenset({kind})
    )
    status = crowd.run("--json", "status").document["ab_test"]
    assert status["variants"]["a"]["people"] == 0
    assert status["variants"]["b"]["people"] == before["b"]
    assert status["noise"] is False

    time_passes(crowd, 3_600)
    assert crowd.run("run-due").code == 0

    assert subjects(crowd) == before + Counter(b=40 - before.total())
    report = crowd.run("--json", "report").document["ab_test"]
    assert report["decision"]["winner"] == "b"
    assert report["decision"]["why"] == "best"
    assert report["decision"]["variants"]["b"]["rate"] == 1.0
    text = crowd.run("report").out
    assert "b goes to the rest" in text
    assert "the difference is larger than chance makes" in text


def sample_of(site: SiteFolder) -> list[tuple[str, str, str]]:
    """Address, delivery and variant of everybody who got it so far."""
    rows = csv.DictReader(site.run("report", "--format", "csv").out.splitlines())
    ids = {row["address"]: row["delivery"] for row in rows}
    found = []
    for path in site.mail:
        letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        address = str(letter["To"].addresses[0].addr_spec)
        variant = "a" if letter["Subject"] == "A quiet strike" else "b"
        found.append((address, ids[address], variant))
    return found


def test_a_dry_run_makes_a_message_for_everybody(crowd: SiteFolder) -> None:
    ran = crowd.run("--json", "send", "2026-014", "--segment", "everyone", "--dry-run")

    assert ran.code == 0, ran.err
    sample = ran.document["ab_test"]["sample"]
    assert subjects(crowd) == Counter(sample) + Counter(a=ran.document["ab_test"]["rest"])


def test_a_plan_says_when_nothing_will_be_measured(crowd: SiteFolder) -> None:
    words = ["plan", "2026-014", "--segment", "everyone", "--ab-test"]

    for metric, told in (("clicks", "clicks are not measured"), ("replies", "replies are not")):
        ran = crowd.run(*words, f"50% 1h {metric}")
        assert told in ran.out
        assert "variant a will go to the rest" in ran.out


def test_a_plan_refuses_a_sample_that_no_send_would_take(crowd: SiteFolder) -> None:
    words = ["2026-014", "--segment", "everyone", "--ab-test", "1% 1m clicks"]

    plan = crowd.run("plan", *words)
    document = crowd.run("--json", "plan", *words).document
    others = [
        crowd.run("send", *words, *how) for how in (["--confirm", "everyone 40"], ["--dry-run"])
    ]

    assert plan.code == 3
    assert "first 1 %: a 0 · b 0; the rest (40) 1 min later" in plan.out
    said = "the sample of 1 % has nobody for variant a and b: it is 0 of 40 readers."
    assert said in plan.err
    assert 'hint: take at least 4 %: --ab-test "4% 1m clicks"; --ab-test off gives' in plan.err
    assert "Next:" not in plan.err
    assert "Plan saved" not in plan.err
    assert document["plan"] is None
    assert document["ab_test"]["rest"] == 40
    assert said in document["error"]["message"]
    assert [other.code for other in others] == [3, 3]
    assert all(said in other.err for other in others)
    assert crowd.mail == []
    advised = crowd.run("plan", *words[:-1], "4% 1m clicks")
    assert advised.code == 0
    assert "first 4 %: a 1 · b 1; the rest (38) 1 min later" in advised.out


def test_a_person_may_decide_and_only_once(crowd: SiteFolder) -> None:
    assert begin(crowd).code == 0
    before = subjects(crowd)

    assert crowd.run("decide", "--variant", "c").code == 3
    assert crowd.run("decide", "--variant", "b").code == 0
    assert crowd.run("decide", "--variant", "a").code == 3
    assert crowd.run("run-due").code == 0
    assert subjects(crowd) == before + Counter(b=40 - before.total())


def test_a_test_can_be_scheduled_but_not_by_local_clocks(crowd: SiteFolder) -> None:
    local = begin(crowd, "--at", tomorrow("09:00 local"))
    assert local.code == 3
    assert "cannot go at local times" in local.err

    scheduled = begin(crowd, "--at", tomorrow("09:00 UTC"))
    assert scheduled.code == 0
    assert crowd.mail == []
    due = datetime.fromisoformat(scheduled.document["schedule"]["due"])
    time_passes(crowd, (due - datetime.now(UTC)).total_seconds() + 2)
    assert crowd.run("run-due").code == 0
    assert 0 < len(crowd.mail) < 40
    time_passes(crowd, 3_602)
    assert crowd.run("run-due").code == 0
    assert len(crowd.mail) == 40
    assert crowd.run("--json", "report").document["accepted"] == 40


def test_the_command_line_goes_before_the_front_matter(crowd: SiteFolder) -> None:
    off = crowd.run(
        "--json", "plan", "2026-014", "--segment", "everyone", "--ab-test", "off"
    ).document
    assert off["ab_test"] is None
    assert off["variants"] == {"a": 20, "b": 20}
    other = crowd.run(
        "--json", "plan", "2026-014", "--segment", "everyone", "--ab-test", "25% 2h replies"
    ).document
    assert other["ab_test"]["test"] == "25% 2h replies"
    wrong = crowd.run("plan", "2026-014", "--segment", "everyone", "--ab-test", "20% opens")
    assert wrong.code == 2
    assert "opens are made by machines" in wrong.err
    stale = begin(crowd, "--ab-test", "off")
    assert stale.code == 3
    assert "the A/B test changed" in stale.err
