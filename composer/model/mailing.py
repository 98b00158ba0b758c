"""One issue to one audience, planned and frozen, and its books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from composer.model.ab_test import AbTest, Contest
from composer.model.address import Address
from composer.model.delivery import Status
from composer.model.edition import EditionKey
from composer.model.rate import Rate
from composer.model.settings import Mailbox, NewsletterSettings

SUPPRESSED = "suppressed"
HAS_ISSUE = "already has this issue"
#: The reasons that every plan names, in the order that people read them.
REASONS = (SUPPRESSED, "unconfirmed", "duplicate", HAS_ISSUE)
#: Named in a plan only where there is somebody: a reader who wants nothing for a while.
PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What a message says of its sender: frozen with the mailing.

    `base_url` has no trailing slash. `bounces` is the mailbox that envelope senders are
    made from: `bounces+RETURNED@domain`.
    """

    newsletter: str
    sender: Mailbox
    reply_to: Mailbox | None
    list_id: str
    base_url: str
    bounces: Address
    unsubscribe_mailto: Address | None = None

    @classmethod
    def of(cls, settings: NewsletterSettings) -> Letterhead:
        return cls(
            newsletter=settings.name,
            sender=settings.sender,
            reply_to=settings.reply_to,
            list_id=settings.list_id,
            base_url=settings.base_url,
            bounces=settings.bounces or settings.sender.address,
            unsubscribe_mailto=settings.unsubscribe_mailto,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a send would do, decided before it does any of it.

    `editions` maps the name of each edition (`str(EditionKey)`) to its digest,
    `edition_digest` covers them all, `audience_digest` covers every recipient with values
    and edition, in order, `message_digest` the letterhead and the provider. `schedule` is the
    time as it was typed, `due` its first moment (Unix seconds); empty and 0 for at once.
    """

    id: str
    issue_id: str
    segment: str
    provider: str
    matched: int
    recipients: int
    excluded: Mapping[str, int]
    editions: Mapping[str, str]
    recipients_by_edition: Mapping[str, int]
    edition_digest: str
    audience_digest: str
    message_digest: str
    errors: int = 0  #: findings of the checks
    warnings: int = 0
    schedule: str = ""
    due: int = 0
    ab_test: AbTest | None = None
    measured: bool = True  #: whether the site learns of what the A/B test counts
    count_clicks: bool = False  #: whether its links are counted
    counted_links: int = 0  #: different ones, over all editions
    rate: Rate | None = None  #: how fast it is to go; None for as fast as its provider takes it
    grown_from: int = 0  #: readers of the segment's last mailing, if this is much larger

    @property
    def contest(self) -> Contest | None:
        """The A/B test as it begins."""
        names = {EditionKey.parse(name).variant for name in self.editions} - {""}
        return Contest(self.ab_test, tuple(sorted(names))) if self.ab_test else None

    @property
    def rest(self) -> int:
        """Recipients whose variant is decided when the sample has been measured."""
        counts = self.recipients_by_edition if self.ab_test else {}
        return sum(n for name, n in counts.items() if not EditionKey.parse(name).variant)

    @property
    def locales(self) -> Mapping[str, int]:
        """Recipients by the language of their edition."""
        return _by(self.recipients_by_edition, lambda key: key.locale)

    @property
    def variants(self) -> Mapping[str, int]:
        """Recipients by A/B variant; empty when there is one text for all."""
        return _by(self.recipients_by_edition, lambda key: key.variant)


def _by(counts: Mapping[str, int], kind: Callable[[EditionKey], str]) -> Mapping[str, int]:
    """Counts by edition, added up by what `kind` says of the edition's key."""
    sums = Counter[str]()
    for name, count in counts.items():
        sums[kind(EditionKey.parse(name))] += count
    return {name: sums[name] for name in sorted(sums) if name}


@dataclass(frozen=True, slots=True)
class Mailing:
    """A plan that was confirmed. `created` is ISO 8601 in UTC with seconds.

    `wish` is what its senders are asked to do: nothing, `pause` or `cancel`.
    """

    id: str
    issue_id: str
    segment: str
    provider: str
    letterhead: Letterhead
    edition_digest: str
    created: str
    matched: int
    due: int = 0  #: epoch seconds before which nothing is sent; 0: at once
    schedule: str = ""  #: `due` as a person typed it
    contest: Contest | None = None  #: its A/B test
    wish: str = ""
    wish_reason: str = ""
    rate: Rate | None = None  #: how fast it may go, whoever sends it
    finished: int = 0  #: epoch seconds since when nothing is left to attempt; 0: something is


@dataclass(frozen=True, slots=True)
class Books:
    """Where every matched subscriber of a mailing stands."""

    mailing: str
    matched: int
    excluded: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[Status, int] = field(default_factory=dict)
    by_edition: Mapping[str, Mapping[Status, int]] = field(default_factory=dict)  #: by its name
    #: what was told later: deliveries by the kind of event, `bounced`, `opened_by_machines`
    events: Mapping[str, int] = field(default_factory=dict)
    gone: int = 0  #: of the refused, those who are mailed no more: nobody is at their address

    @property
    def locales(self) -> Mapping[str, Mapping[Status, int]]:
        """The columns by the language of the edition."""
        return self._by(lambda key: key.locale)

    @property
    def variants(self) -> Mapping[str, Mapping[Status, int]]:
        """The columns by A/B variant; empty when there is one text for all."""
        return self._by(lambda key: key.variant)

    def _by(self, kind: Callable[[EditionKey], str]) -> Mapping[str, Mapping[Status, int]]:
        sums: dict[str, Counter[Status]] = {}
        for name, counts in sorted(self.by_edition.items()):
            if part := kind(EditionKey.parse(name)):
                sums.setdefault(part, Counter()).update(counts)
        return sums

    def count(self, status: Status) -> int:
        return self.counts.get(status, 0)

    @property
    def balanced(self) -> bool:
        """Whether every matched subscriber is in exactly one column."""
        states = (s for s in Status if s is not Status.EXCLUDED)
        return self.matched == sum(self.excluded.values()) + sum(map(self.count, states))

    @property
    def unfinished(self) -> int:
        """Deliveries that another run would still attempt."""
        return self.count(Status.PLANNED) + self.count(Status.DEFERRED)
