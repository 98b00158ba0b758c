"""Who of the matched gets which edition, and who gets none and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from composer.checks.walk import expressions_of
from composer.model.ab_test import AbTest
from composer.model.delivery import Exclusion, Recipient
from composer.model.edition import EditionKey
from composer.model.issue import Issue, segments_named
from composer.model.locales import nearest
from composer.model.mailing import HAS_ISSUE, PAUSED
from composer.model.rate import Rate
from composer.model.subscriber import FieldValue, Subscriber
from composer.sending.contest import NEVER_S
from composer.sending.ledger import Candidate
from composer.sending.parts import Parts
from composer.sending.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Editions:
    """What tells one reader's edition from another's, and the values that the editions use."""

    issue_id: str
    locales: tuple[str, ...]  #: those with an edition of their own, the issue's first
    variants: tuple[str, ...]  #: the names of the A/B variants; `("",)` when there are none
    segments: tuple[str, ...]  #: the segments that the issue names
    fields: tuple[str, ...]  #: the subscriber fields that the issue uses, sorted

    @classmethod
    def of(cls, issue: Issue) -> Editions:
        """Read off the issue what its editions depend on."""
        expressions = (e for text in issue.texts for e in expressions_of(text))
        personal = {e.name for e in expressions if e.is_personal}
        return cls(
            issue_id=issue.id,
            locales=issue.locales,
            variants=issue.variants,
            segments=tuple(name for name in segments_named(issue) if name != "everyone"),
            fields=tuple(sorted(name.removeprefix("subscriber.") for name in personal)),
        )

    @property
    def keys(self) -> Iterator[EditionKey]:
        """Each locale and variant, for readers in none and in all segments: enough to see all."""
        memberships = dict.fromkeys(((), self.segments))
        for locale, segments in product(self.locales, memberships):
            yield from (EditionKey(locale, variant, segments) for variant in self.variants)

    def locale_for(self, locale: str) -> str:
        """The locale whose edition a reader of `locale` gets: the nearest, else the issue's."""
        return nearest(locale, self.locales) or self.locales[0]

    def key_for(self, candidate: Candidate, variant: str) -> EditionKey:
        """A reader's edition; whichever the variant, in their own language and segments."""
        names = tuple(name for name in self.segments if name in candidate.segments)
        return EditionKey(self.locale_for(candidate.subscriber.locale), variant, names)

    def key_to_look_at(self, candidate: Candidate) -> EditionKey:
        """The same, of the variant that a persona asks for, else of the first.

        Which one a reader gets is known when the whole audience is planned.
        """
        asked = candidate.variant in self.variants
        return self.key_for(candidate, candidate.variant if asked else self.variants[0])


@dataclass(frozen=True, slots=True)
class Course:
    """How a mailing goes: at once to all, or as these say.

    `zone_field` is the subscriber field that names their time zone. `count_clicks` says whether
    its links are counted; None leaves that to the site. Without a `rate`, it goes as fast as
    its provider takes it.
    """

    schedule: Schedule | None = None
    zone_field: str = "timezone"
    ab_test: AbTest | None = None
    count_clicks: bool | None = None
    rate: Rate | None = None

    def set_out(self, recipient: Recipient, subscriber: Subscriber) -> Recipient:
        """`recipient` with the moment that is theirs: none, if their variant is to be decided."""
        if self.schedule is not None:
            zone = field_text(subscriber, self.zone_field)
            recipient = replace(
                recipient, due=self.schedule.due_s(zone), zone=self.schedule.place_of(zone)
            )
        waits = self.ab_test is not None and not recipient.edition.variant
        return replace(recipient, due=NEVER_S) if waits else recipient


AT_ONCE = Course()


def choose_recipients(
    candidates: Iterable[Candidate], editions: Editions, parts: Parts, course: Course = AT_ONCE
) -> Iterator[Recipient | Exclusion]:
    """One decision for each candidate, in their order; streams."""
    plain = course.schedule is None and course.ab_test is None
    for candidate in candidates:
        subscriber = candidate.subscriber
        if reason := exclusion_reason(candidate):
            yield Exclusion(subscriber.id, subscriber.address, reason)
        else:
            recipient = Recipient(
                subscriber_id=subscriber.id,
                address=subscriber.address,
                display_name=subscriber.display_name,
                edition=editions.key_for(candidate, parts.variant_of(subscriber.id)),
                values=values_of(subscriber, editions.fields),
                token=candidate.token,
            )
            yield recipient if plain else course.set_out(recipient, subscriber)


def exclusion_reason(candidate: Candidate) -> str:
    """One of `composer.model.mailing.REASONS`, or `PAUSED`, or `""`: a reader may be mailed."""
    if candidate.suppressed:
        return "suppressed"
    if not candidate.subscriber.confirmed:
        return "unconfirmed"
    if candidate.paused:
        return PAUSED
    if candidate.has_issue:
        return HAS_ISSUE
    return ""


def values_of(subscriber: Subscriber, fields: Sequence[str]) -> dict[str, str]:
    """Slot names and plain text for those of `fields` that the subscriber has."""
    values: dict[str, str] = {}
    for name in fields:
        text = field_text(subscriber, name)
        if text:
            values[f"subscriber.{name}"] = text
    return values


def field_text(subscriber: Subscriber, name: str) -> str:
    """A field as a reader would write it; `""` when it is missing."""
    match name:
        case "address" | "email":
            return str(subscriber.address)
        case "locale":
            return subscriber.locale
        case _:
            value = subscriber.fields.get(name)
            return "" if value is None else value_text(value)


def value_text(value: FieldValue) -> str:
    """A typed value in words: ISO dates, sets in alphabetical order, numbers without a tail."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.15g}"
        case date():
            return value.isoformat()
        case frozenset():
            return ", ".join(sorted(value))
        case _:
            return str(value)
