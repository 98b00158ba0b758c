"""The figures of a report, counted on both databases, and the page that is made of them."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from composer.events.event import Event, Kind, Reason, key_of
from composer.model.delivery import Status
from composer.model.mailing import Mailing
from composer.reporting import report_of
from composer.reports.standing import Standing
from composer.sending.provider import Answer
from composer.storage.events import EventBook
from tests.contract.ledgers import Desk

LINK = "https://harbour.example/14"
NOW, LATER = "2026-11-20T12:00:00Z", "2026-11-21T08:00:00Z"


@pytest.fixture
def desk(folder: Path) -> Desk:
    return Desk.of(folder, 40)


@pytest.fixture
def mailing(desk: Desk) -> Mailing:
    """36 may be mailed: 20 accepted, 7 refused, 7 put off, 2 still planned."""
    mailing = desk.mail()
    assert desk.send(mailing, Answer.ACCEPTED, limit=5, batches=4) == 20
    assert desk.send(mailing, Answer.REFUSED, batches=1) == 7
    assert desk.send(mailing, Answer.DEFERRED, batches=1) == 7
    return mailing


def tell(desk: Desk, mailing: Mailing) -> None:
    lines = [line.delivery_id for line in desk.ledger.lines(mailing.id, Status.ACCEPTED)]
    told = [
        *(Event(key_of(1, d), Kind.DELIVERED, NOW, d) for d in lines[:15]),
        *(
            Event(key_of(2, d), Kind.BOUNCED, NOW, d, permanent=True, code="5.1.1")
            for d in lines[15:18]
        ),
        Event(key_of(3), Kind.BOUNCED, NOW, lines[18], reason=Reason.TIMED_OUT),
        Event(key_of(4), Kind.COMPLAINED, NOW, lines[0]),
        *(Event(key_of(5, d), Kind.CLICKED, LATER, d, link=LINK) for d in lines[:6]),
        Event(key_of(6), Kind.CLICKED, LATER, lines[0], link=LINK),
        *(
            Event(key_of(7, d), Kind.CLICKED, LATER, d, link=LINK, machine=True)
            for d in lines[8:10]
        ),
    ]
    EventBook(desk.database.store).apply(
        "sendgrid", told, now=NOW, tracked=frozenset({Kind.CLICKED})
    )


def test_outcomes_are_counted_by_time_domain_and_reason(desk: Desk, mailing: Mailing) -> None:
    tell(desk, mailing)
    figures = desk.database.figures.figures(mailing, desk.ledger.books(mailing.id))

    assert sum(m.total for m in figures.timeline.moments) == 34
    (domain,) = figures.domains
    assert (domain.name, domain.total) == ("example.org", 36)
    assert (domain.bounced, domain.complained) == (4, 1)
    assert {(c.kind, c.reason): c.count for c in figures.causes} == {
        ("refused", "said so"): 7,
        ("deferred", "said so"): 7,
        ("bounced", "5.1.1"): 3,
        ("bounced", "timed out"): 1,
    }
    (clicked,) = figures.clicks
    assert (clicked.link, clicked.people, clicked.machines) == (LINK, 6, 2)
    assert [one.mailing.id for one in figures.earlier] == [mailing.id]


def test_a_report_says_nothing_of_what_nobody_told(desk: Desk, mailing: Mailing) -> None:
    books = desk.ledger.books(mailing.id)
    page = report_of(desk.database, mailing, books, Standing.of(books)).page
    assert "Nothing was told later" in page
    assert "<h2>Links</h2>" not in page
    assert "<h2>Beside the last mailings</h2>" not in page
    assert "40 = 4 + 2 + 20 + 7 + 7" in page


def test_a_report_that_knows_only_of_our_own_pages_says_so(desk: Desk, mailing: Mailing) -> None:
    books = replace(desk.ledger.books(mailing.id), events={"unsubscribed": 1})
    page = report_of(desk.database, mailing, books, Standing.of(books)).page
    assert "Neither a webhook nor a bounce has come in" in page

    books = replace(books, events={"unsubscribed": 1, "delivered": 1})
    page = report_of(desk.database, mailing, books, Standing.of(books)).page
    assert "Neither a webhook nor a bounce has come in" not in page


class _Closed(HTMLParser):
    """Every element that is opened is closed, in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in {"meta", "input", "br", "hr", "img", "link"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Nothing stays open."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_takes_nothing_from_elsewhere(desk: Desk, mailing: Mailing) -> None:
    tell(desk, mailing)
    with desk.database.store.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE deliveries SET reason = '<script>alert(1)</script>' WHERE status = 'refused'"
        )
    books = desk.ledger.books(mailing.id)
    page = report_of(desk.database, mailing, books, Standing.of(books)).page

    reader = _Closed()
    reader.feed(page)
    assert reader.open == []
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", page.split("srcdoc=")[0])
    assert "15 <small>75.0 %</small>" in page
    assert "left out: by programs</dt><dd>2</dd>" in page


def test_a_mailing_of_which_nothing_was_sent_has_a_report(desk: Desk) -> None:
    mailing = desk.mail()
    books = desk.ledger.books(mailing.id)
    report = report_of(desk.database, mailing, books, Standing.of(books))
    assert report.figures.timeline.moments == ()
    assert "Over time" not in report.page
    assert report.letter == ""
