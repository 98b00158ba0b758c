"""People, letters and letterheads for the tests of sending."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from composer.model.address import Address
from composer.model.edition import Context, Edition, EditionKey, Slot
from composer.model.mailing import Letterhead
from composer.model.settings import Mailbox
from composer.model.subscriber import FieldValue, Subscriber
from composer.sending.choice import Editions, exclusion_reason
from composer.sending.ledger import Candidate
from composer.sending.plan import Request

LETTERHEAD = Letterhead(
    newsletter="Harbour Watch",
    sender=Mailbox("Harbour Watch", Address("desk", "news.example.org")),
    reply_to=None,
    list_id="harbour-watch.news.example.org",
    base_url="https://news.example.org",
    bounces=Address("bounces", "news.example.org"),
)

EDITIONS = Editions("2026-014", ("en",), ("",), (), ("first_name",))


def candidate(number: int, *, segments: Sequence[str] = (), **fields: FieldValue) -> Candidate:
    person = Subscriber(number, Address(f"reader{number}", "example.org"), fields)
    return Candidate(person, f"token{number:017}", frozenset(segments))


def suppressed(one: Candidate, reason: str = "bounced") -> Candidate:
    return replace(one, suppressed=reason)


def unconfirmed(one: Candidate) -> Candidate:
    return replace(one, subscriber=replace(one.subscriber, confirmed=False))


def with_issue(one: Candidate) -> Candidate:
    return replace(one, has_issue=True)


def edition(key: EditionKey, *, default: str | None = "reader", body: str = "Hello ") -> Edition:
    first_name = Slot("subscriber.first_name", Context.TEXT, default)
    unsubscribe = Slot("unsubscribe_url", Context.TEXT_URL)
    return Edition(
        issue_id="2026-014",
        key=key,
        subject=(f"A quiet strike {key.variant}".strip(),),
        html=(
            f"<!DOCTYPE html><html><body><p>{body}",
            replace(first_name, context=Context.HTML),
            '</p><a href="',
            replace(unsubscribe, context=Context.URL),
            '">leave</a></body></html>',
        ),
        text=(body, first_name, "\n\nLeave: ", unsubscribe, "\n"),
    )


def request(editions: Editions = EDITIONS, provider: str = "outbox") -> Request:
    return Request("2026-014", "board", provider, LETTERHEAD, editions)


@dataclass
class People:
    """An audience that was written down in the test."""

    people: Sequence[Candidate]

    def candidates(
        self, segment: str, *, issue_id: str, among: Sequence[str] = ()
    ) -> Iterator[Candidate]:
        del segment, issue_id
        for one in self.people:
            yield replace(one, segments=one.segments & set(among))

    def eligible(self, segment: str, *, issue_id: str) -> Iterator[int]:
        del segment, issue_id
        return (one.subscriber.id for one in self.people if not exclusion_reason(one))
