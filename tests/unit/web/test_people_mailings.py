"""The screens about mailings: the plan, where one stands, its report, and an issue's status."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from composer.dispatch import Planned, carry_on
from composer.model.mailing import Mailing
from composer.reports.plans import plan_rows
from composer.reports.standing import Standing
from composer.sending.choice import Course
from composer.sending.deliver import Terms, deliver
from composer.sending.fleet import Worker
from composer.sending.orders import Wish
from composer.sending.plan_file import save_plan
from composer.sending.provider import Answer, Batch, Capabilities, Outcome
from composer.sending.schedule import read_schedule
from composer.web.preview.paces import Paces, clock
from composer.web.preview.statuses import Kind, statuses
from tests.unit.web.people_site import PeopleSite
from tests.unit.web.test_people import words


class Moody:
    """Answers as it is told to, one address after the other; then accepts."""

    name = "outbox"
    capabilities = Capabilities(batch_size=1)

    def __init__(self, *answers: Answer, stop: threading.Event | None = None) -> None:
        self.answers = list(answers)
        self.stop = stop

    def deliver(self, batch: Batch) -> Sequence[Outcome]:
        answer = self.answers.pop(0) if self.answers else Answer.ACCEPTED
        if self.stop is not None and not self.answers:
            self.stop.set()
        return [Outcome(d.id, answer, reason="550 no such user") for d in batch.deliveries]

    def close(self) -> None:
        pass


def frozen(people: PeopleSite, segment: str = "everyone") -> Mailing:
    site = people.site
    return Planned.of(site, site.read("2026-014"), segment).freeze(site)


def sent(people: PeopleSite, *answers: Answer, stop_after: bool = False) -> Mailing:
    """A mailing that was sent, or that stopped after `answers`."""
    mailing, stop = frozen(people), threading.Event()
    provider = Moody(*answers, stop=stop if stop_after else None)
    deliver(mailing, people.site.database.ledger, provider, Terms(stop=stop))
    return mailing


@contextmanager
def being_sent(people: PeopleSite, mailing: Mailing) -> Iterator[None]:
    with people.site.database.ledger.sender(mailing.id):
        yield


def test_a_mailing_of_the_workers_shows_who_they_are_and_offers_no_button(
    people: PeopleSite,
) -> None:
    mailing, fleet = frozen(people), people.site.database.fleet
    fleet.hand_on(mailing.id, lambda *_: None)
    waiting = words(people.get(f"/mailings/{mailing.id}").text)
    assert "Waiting for workers: 0 of" in waiting
    assert "no worker is running" in waiting
    assert "Go on with it" not in waiting
    fleet.beat(Worker("a", "mail-1", 4711, mailing.id, "1-500", 14.0))
    page = words(people.get(f"/mailings/{mailing.id}").text)
    assert f"mail-1 (pid 4711): {mailing.id}/1-500, 840 a minute" in page
    assert "together 840 a minute" in page
    assert people.get("/mailings").status == 200


def test_the_plan_has_the_words_of_the_command_line_and_saves_nothing(people: PeopleSite) -> None:
    site = people.site
    made = Planned.of(site, site.read("2026-014"), "everyone")

    page = people.get("/issues/2026-014/plan?segment=everyone")

    assert page.status == 200
    for head, told in plan_rows(made.prepared, takes=made.takes):
        assert " ".join(f"{head} {told}".split()) in words(page.text)
    assert "/issues/2026-014?locale=en&amp;segment=board" in page.text
    assert not site.plans.exists()
    assert site.database.ledger.mailings() == []


def test_what_would_stop_a_send_is_said_with_the_plan(people: PeopleSite) -> None:
    issue = people.folder / "issues" / "2026-014" / "issue.md"
    issue.write_text(issue.read_text().replace(' | default("reader")', ""))

    said = words(people.get("/issues/2026-014/plan?segment=everyone").text)

    assert "This would stop a send: the checks found an error" in said
    assert "merge/missing-value" in said


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("segment=bord", "there is no segment 'bord'"),
        ("segment=board&provider=pigeon", "there is no provider 'pigeon'"),
        ("segment=board&rate=fast", "'fast' is not a rate"),
    ],
)
def test_a_choice_that_cannot_be_is_one_line(people: PeopleSite, query: str, problem: str) -> None:
    page = people.get(f"/issues/2026-014/plan?{query}")

    assert page.status == 200
    assert problem in words(page.text)


def test_an_issue_that_is_gone_leads_back_to_the_list(people: PeopleSite) -> None:
    answer = people.get("/issues/2027-001/plan?segment=board")

    assert answer.status == 303
    assert answer.headers["location"] == "/?gone=2027-001"


def test_a_mailing_that_is_done_has_balanced_books(people: PeopleSite) -> None:
    mailing = sent(people)

    page = words(people.get(f"/mailings/{mailing.id}").text)

    assert "done Done: all 4 messages were accepted." in page
    assert "excluded 1 unconfirmed" in page
    assert "5 = 1 + 4 the books balance" in page
    assert "What to do next" not in page


def test_an_interrupted_mailing_says_what_to_do(people: PeopleSite) -> None:
    mailing = sent(people, Answer.ACCEPTED, Answer.UNKNOWN, stop_after=True)

    page = words(people.get(f"/mailings/{mailing.id}").text)

    assert "Interrupted: 1 of 4 were accepted, 1 never answered, 2 not sent yet." in page
    assert f"Deliver the 2 that are left: newsletter resume {mailing.id}" in page
    assert f"newsletter resolve {mailing.id} --as accepted|resend" in page


def test_a_cancelled_mailing_is_told_as_the_command_line_tells_it(people: PeopleSite) -> None:
    mailing = sent(people, Answer.ACCEPTED, stop_after=True)
    database = people.site.database
    database.ledger.orders.ask(mailing.id, Wish.CANCEL)
    left = database.ledger.orders.exclude_left(mailing.id)
    assert left == 3
    told = "Cancelled: 1 of 4 were accepted, 3 get it no more."

    assert told in words(people.get(f"/mailings/{mailing.id}").text)
    assert json.loads(people.get(f"/mailings/{mailing.id}/progress.json").text)["percent"] == 25
    status = statuses(people.site, database)["2026-014"]
    assert (status.status, status.accepted, status.recipients) == (Kind.CANCELLED, 1, 4)
    assert status.told == f"everyone: {told}"
    row = words(people.get("/mailings").text).split(mailing.id)[-1]
    assert re.search(r"cancelled .* 1 4\b", row)
    assert Standing.of(database.ledger.books(mailing.id)).meant == 4


def test_looking_at_a_mailing_settles_nothing(people: PeopleSite) -> None:
    mailing = frozen(people)
    ledger = people.site.database.ledger
    with ledger.sender(mailing.id):
        ledger.begin(mailing.id, 1)

    page = words(people.get(f"/mailings/{mailing.id}").text)

    assert "1 in flight when it stopped" in page
    assert ledger.books(mailing.id).counts["attempting"] == 1  # type: ignore[index]


def test_a_running_mailing_is_told_in_numbers_that_a_page_can_poll(people: PeopleSite) -> None:
    mailing = frozen(people)
    with being_sent(people, mailing):
        told = json.loads(people.get(f"/mailings/{mailing.id}/progress.json").text)
        page = people.get(f"/mailings/{mailing.id}").text

    assert told["state"] == "running"
    assert told["percent"] == 0
    assert told["balanced"] is True
    assert told["steps"] == []
    assert 'data-state="running"' in page
    after = json.loads(people.get(f"/mailings/{mailing.id}/progress.json").text)
    assert after["state"] == "interrupted"


def test_the_report_tells_refusals_by_domain_and_reason(people: PeopleSite) -> None:
    mailing = sent(people, Answer.REFUSED, Answer.ACCEPTED, Answer.REFUSED, Answer.DEFERRED)

    page = words(people.get(f"/mailings/{mailing.id}/report").text)

    assert re.search(r"example.org .*2 refused · 1 deferred", page)
    assert "2 refused 550 no such user" in page
    assert "5 = 1 + 1 + 2 + 1 the books balance" in page


def test_every_delivery_can_be_had_as_csv(people: PeopleSite) -> None:
    mailing = sent(people)

    answer = people.get(f"/mailings/{mailing.id}/report.csv")

    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.text.splitlines()) == 6
    assert answer.headers["content-disposition"].endswith(f"{mailing.id}.csv")


def test_the_csv_of_an_issue_with_any_name_has_a_header_that_is_one(people: PeopleSite) -> None:
    mailing = sent(people)
    strange = '14 "Häfen"; 港'
    with sqlite3.connect(people.folder / ".newsletter" / "newsletter.db") as database:
        database.execute("UPDATE mailings SET id = ?", [strange])
    database.close()
    people = PeopleSite(people.folder)

    said = people.get(f"/mailings/{strange}/report.csv").headers["content-disposition"]

    assert mailing.id != strange
    assert said == "attachment; filename*=UTF-8''14%20%22H%C3%A4fen%22%3B%20%E6%B8%AF.csv"


@pytest.mark.parametrize("path", ["", "/report", "/report.csv", "/progress.json"])
def test_a_mailing_that_is_not_there_is_missing(people: PeopleSite, path: str) -> None:
    assert people.get(f"/mailings/no-such{path}").status == 404


def kind_of(people: PeopleSite) -> Kind:
    found = statuses(people.site, people.preview.desk.database).get("2026-014")
    return found.status if found else Kind.DRAFT


def test_an_issue_goes_from_draft_to_sent(people: PeopleSite) -> None:
    assert kind_of(people) is Kind.DRAFT

    site = people.site
    plan = Planned.of(site, site.read("2026-014"), "everyone").prepared.plan
    save_plan(plan, site.plans / f"{plan.id}.json", made="2026-11-20T08:00:00Z", shown_as="x")
    assert kind_of(people) is Kind.PLANNED

    mailing = frozen(people)
    with being_sent(people, mailing):
        assert kind_of(people) is Kind.SENDING
    assert kind_of(people) is Kind.INTERRUPTED

    carry_on(people.site, mailing, Terms())
    assert kind_of(people) is Kind.SENT
    last = statuses(people.site, people.preview.desk.database)["2026-014"]
    assert (last.mailing, last.accepted, last.recipients) == (mailing.id, 4, 4)


def test_a_mailing_for_later_is_told_as_waiting_with_its_time(people: PeopleSite) -> None:
    site, now = people.site, datetime.now(UTC)
    day = (now + timedelta(days=2)).date()
    course = Course(read_schedule(f"{day} 09:00 UTC", now=now))
    made = Planned.of(site, site.read("2026-014"), "everyone", course=course)
    mailing = made.freeze(site)

    assert kind_of(people) is Kind.WAITING
    page = words(people.get(f"/mailings/{mailing.id}").text)
    assert f"Scheduled: 4 wait for {day} 09:00 UTC" in page
    assert "newsletter run-due" in page


def test_an_interrupted_mailing_is_told_before_a_later_one_that_is_done(people: PeopleSite) -> None:
    first = sent(people, Answer.ACCEPTED, stop_after=True)
    site = people.site
    later = frozen(people, "board")
    carry_on(site, later, Terms())

    assert statuses(people.site, people.preview.desk.database)["2026-014"].mailing == first.id


def test_a_pace_is_what_was_seen_lately() -> None:
    now = iter([0.0, 1.0, 30.0, 31.0])
    paces = Paces(clock_s=lambda: next(now))

    assert paces.note("m", 0, 100).words == "finding its pace"
    assert paces.note("m", 10, 90).words == "10.0/s · 0:09 left"
    paces.note("m", 10, 90)
    assert paces.note("m", 12, 88).per_s == 2.0
    assert clock(3849) == "1:04:09"


def test_the_first_of_those_who_lack_a_value_are_named(people: PeopleSite) -> None:
    issue = people.folder / "issues" / "2026-014" / "issue.md"
    issue.write_text(issue.read_text().replace('first_name | default("reader")', "role"))
    site = people.site
    found = Planned.of(site, site.read("2026-014"), "everyone").prepared.findings
    assert not [finding for finding in found if finding.code == "merge/missing-value"]

    issue.write_text(issue.read_text().replace("subscriber.role", "subscriber.first_name"))
    (told,) = (
        finding
        for finding in Planned.of(site, site.read("2026-014"), "everyone").prepared.findings
        if finding.code == "merge/missing-value"
    )
    assert told.message == (
        "1 recipient has no 'first_name', and there is no default (ben@example.org)"
    )
