"""The report of an invented mailing for README and docs: answers, events and clicks by dice."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser

from composer.dispatch import Planned
from composer.events.event import Event, Kind, Reason, key_of
from composer.model.delivery import Status
from composer.model.edition import Edition
from composer.reporting import report_of
from composer.reports.standing import Standing
from composer.sending.provider import Answer, Outcome
from composer.site import Site
from composer.storage.events import EventBook

READERS = 3_000
DOMAINS = ("mail.example", "post.example", "uni.example", "gov.example", "energy.example.net")
BEGAN = 1_795_165_200  # 2026-11-20, 9:00 UTC
AT, LATER = "2026-11-20T09:20:00Z", "2026-11-21T08:00:00Z"


def report_shot(browser: Browser, place: Path) -> bytes:
    """The page from its head down to the links."""
    site = _site(place / "report")
    for issue in ("2026-015", "2026-014"):
        _send(site, issue, random.Random(14))  # noqa: S311 - repeatable, not secret
    ledger = site.database.ledger
    mailing = ledger.latest()
    assert mailing is not None
    books = ledger.books(mailing.id)
    page = browser.new_page(viewport={"width": 920, "height": 1_060}, device_scale_factor=2)
    page.set_content(report_of(site.database, mailing, books, Standing.of(books)).page)
    taken = page.screenshot()
    page.close()
    return taken


def _site(folder: Path) -> Site:
    words = [sys.executable, "-m", "composer", "--quiet"]
    subprocess.run([*words, "init", str(folder)], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    chance = random.Random(READERS)  # noqa: S311 - repeatable, not secret
    rows = [
        f"reader{n}@{DOMAINS[int(chance.random() ** 2 * len(DOMAINS))]},"
        f"{chance.choice(['board', 'reader', 'reader'])},{chance.choice(['en', 'en', 'de'])}"
        for n in range(READERS)
    ]
    path = folder / "list.csv"
    path.write_text("\n".join(["email,role,locale", *rows]))
    command = [*words, "-C", str(folder), "subscribers", "import", str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return Site.find(folder, {})


def _send(site: Site, name: str, chance: random.Random) -> None:
    planned = Planned.of(site, site.read(name), "everyone")
    mailing = planned.freeze(site)
    ledger = site.database.ledger
    while batch := ledger.begin(mailing.id, 50):
        ledger.finish([_answer(delivery.id, chance) for delivery in batch])
    with site.database.store.writing() as connection:
        connection.exec_driver_sql(f"UPDATE deliveries SET at = {BEGAN} + (id * 7 % 641)")  # noqa: S608
    links = _links(next(iter(planned.prepared.editions.values())))
    accepted = [
        line.delivery_id for line in ledger.lines(mailing.id, Status.ACCEPTED, limit=READERS)
    ]
    told = [event for one in accepted for event in _news(one, links, chance)]
    EventBook(site.database.store).apply(
        "sendgrid", told, now=LATER, tracked=frozenset({Kind.CLICKED})
    )


def _answer(delivery: str, chance: random.Random) -> Outcome:
    drawn = chance.random()
    if drawn < 0.01:
        return Outcome(delivery, Answer.REFUSED, reason="550 5.1.1 no such mailbox")
    if drawn < 0.012:
        return Outcome(delivery, Answer.UNKNOWN, reason="the connection was lost before the answer")
    return Outcome(delivery, Answer.ACCEPTED, "taken")


def _links(edition: Edition) -> Sequence[str]:
    html = "".join(part for part in edition.html if isinstance(part, str))
    return sorted(set(re.findall(r'href="(https://[^"]+)"', html)))


def _news(delivery: str, links: Sequence[str], chance: random.Random) -> Iterator[Event]:
    if chance.random() < 0.03:
        yield Event(
            key_of(1, delivery),
            Kind.BOUNCED,
            AT,
            delivery,
            permanent=True,
            code="5.1.1",
            reason=Reason.INVALID,
        )
        return
    yield Event(key_of(2, delivery), Kind.DELIVERED, AT, delivery)
    if chance.random() < 0.002:
        yield Event(key_of(3, delivery), Kind.COMPLAINED, LATER, delivery)
    for number, link in enumerate(links):
        if chance.random() < 0.06 / (number + 1):
            machine = chance.random() < 0.25
            yield Event(
                key_of(4, delivery, link), Kind.CLICKED, LATER, delivery, link=link, machine=machine
            )
