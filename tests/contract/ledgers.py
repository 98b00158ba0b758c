"""A site with readers, and mailings planned and frozen as a send does it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from composer.model.address import Address
from composer.model.mailing import Mailing
from composer.sending.choice import AT_ONCE, Course
from composer.sending.ledger import HandOn, Ledger
from composer.sending.plan import Prepared, prepare
from composer.sending.provider import Answer, Outcome
from composer.storage.database import Database
from tests.unit.sending.samples import EDITIONS, edition, request
from tests.unit.storage.lists import bring_in_text, open_list

NOW = "2026-11-20T09:00:00Z"


@dataclass
class Desk:
    """A database with people in it, and what a send does with it."""

    database: Database

    @classmethod
    def of(cls, folder: Path, readers: int) -> Desk:
        """Every third reader is on the board, every tenth is not confirmed."""
        desk = cls(open_list(folder))
        desk.add(readers)
        return desk

    @property
    def ledger(self) -> Ledger:
        return self.database.ledger

    def add(self, readers: int, *, first: int = 0) -> None:
        """Every other one lives in Tokyo."""
        lines = ["email,first_name,role,status,timezone"]
        for n in range(first, first + readers):
            role = "board" if n % 3 == 0 else "reader"
            status = "unconfirmed" if n % 10 == 9 else "confirmed"
            zone = "Asia/Tokyo" if n % 2 else ""
            lines.append(f"reader{n}@example.org,Näme {n},{role},{status},{zone}")
        done, refused = bring_in_text(self.database, "\n".join(lines))
        assert (done.good, refused) == (readers, [])

    def suppress(self, *numbers: int) -> None:
        for n in numbers:
            address = Address("reader" + str(n), "example.org")
            assert self.database.subscribers.suppress(address, "bounced", since=NOW)

    def pause(self, n: int, until: str) -> None:
        """A reader wants nothing before `until`; empty: they are back."""
        reader = self.database.audience.reader(
            Address(f"reader{n}", "example.org"), issue_id="2026-014"
        )
        assert reader is not None
        assert self.database.preferences.choose(reader.token, {}, NOW, until=until)

    def prepare(
        self, segment: str = "everyone", *, boards: bool = False, course: Course = AT_ONCE
    ) -> Prepared:
        """With `boards`, the board reads an edition of its own; an A/B test has two variants."""
        editions = replace(EDITIONS, segments=("board",)) if boards else EDITIONS
        if course.ab_test:
            editions = replace(editions, variants=("a", "b"))
        asked = replace(request(editions), segment=segment, course=course)
        ledger = self.ledger
        return prepare(
            asked,
            self.database.audience,
            edition,
            taken=lambda name: ledger.mailing(name) is not None,
        )

    def freeze(self, prepared: Prepared, *, hand_on: HandOn | None = None) -> Mailing:
        return self.ledger.freeze(
            prepared.plan,
            prepared.request.letterhead,
            prepared.editions.values(),
            prepared.decisions(self.database.audience),
            created=NOW,
            hand_on=hand_on,
        )

    def mail(
        self, segment: str = "everyone", *, boards: bool = False, course: Course = AT_ONCE
    ) -> Mailing:
        return self.freeze(self.prepare(segment, boards=boards, course=course))

    def send(
        self, mailing: Mailing, answer: Answer, *, limit: int = 7, batches: int = 10**6
    ) -> int:
        """Give the same answer to everybody; returns how many were attempted."""
        sent = 0
        for _ in range(batches):
            batch = self.ledger.begin(mailing.id, limit)
            if not batch:
                break
            self.ledger.finish([Outcome(d.id, answer, f"p-{d.id}", "said so") for d in batch])
            sent += len(batch)
        return sent

    def send_all(self, mailing_id: str) -> None:
        """Whatever is due is accepted."""
        while batch := self.ledger.begin(mailing_id, 100):
            self.ledger.finish([Outcome(d.id, Answer.ACCEPTED) for d in batch])
