"""Plan, test, confirm and carry on: what `newsletter send` and the preview's pages both do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from composer.audience.addresses import read_address
from composer.model.finding import Finding
from composer.model.issue import Issue
from composer.model.mailing import Letterhead, Mailing
from composer.reports.plans import limits_text, takes_text
from composer.sending.choice import Course, Editions
from composer.sending.contest import refuse_small
from composer.sending.course import course_of
from composer.sending.deliver import Run, Terms, deliver
from composer.sending.guards import refuse_errors, refuse_nobody
from composer.sending.ledger import HandOn, Share
from composer.sending.plan import Prepared, with_last
from composer.sending.plan_file import newest_plan, refuse_stale
from composer.sending.provider import Outcome, Provider
from composer.sending.sample import Wanted, key_for_sample
from composer.sending.schedule import refuse_past
from composer.sending.trial import Trial
from composer.site import Site


def utc_now() -> str:
    """Now in ISO 8601, UTC, with seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Planned:
    """What a send would do; `takes` says how long."""

    issue: Issue
    prepared: Prepared
    takes: str

    @classmethod
    def of(
        cls,
        site: Site,
        issue: Issue,
        segment: str,
        *,
        kind: str = "",
        course: Course | None = None,
    ) -> Planned:
        """Walk the audience and check every edition; writes and sends nothing.

        Without a `course`, it goes at once, tried first as the issue says.

        Raises:
            GuardError: the A/B test of the issue cannot be made, or the provider cannot carry so
                many counted links.
            AudienceError: there is no such segment.
            ConfigError: there is no such provider, or a setting of it is missing.
        """
        chosen = kind or site.settings.provider.kind
        provider = site.provider(chosen, outbox=site.state / "outbox")
        prepared = site.prepare(issue, segment, provider, course or course_of(issue))
        last = site.database.standings.last_audience(segment, issue_id=issue.id)
        prepared = with_last(prepared, last, site.settings.guards.growth)
        takes = takes_text(prepared, provider, prepared.plan.rate)
        if provider.capabilities.live:
            room = site.database.ledger.orders.room(site.settings.sending.limits, provider.name)
            takes += limits_text(prepared.plan.recipients, room, time.time())
        return cls(issue, prepared, takes)

    def refuse(self, site: Site) -> None:
        """Raises GuardError when checks, audience or an older plan stop this send."""
        plan = self.prepared.plan
        refuse_errors(plan)
        refuse_nobody(plan)
        refuse_small(plan, self.prepared.request.editions.variants)
        if self.prepared.timetable:
            refuse_past(self.prepared.timetable)
        saved = newest_plan(site.plans, plan.issue_id, plan.segment)
        if saved and site.database.ledger.mailing(saved.id) is None:
            refuse_stale(saved, plan)

    def freeze(self, site: Site, *, hand_on: HandOn | None = None) -> Mailing:
        """Write the mailing down as it was confirmed; it is delivered by `carry_on`.

        With `hand_on`, it is handed to workers in the same transaction.

        Raises:
            GuardError: the list changed meanwhile; nothing was written.
        """
        prepared = self.prepared
        return site.database.ledger.freeze(
            prepared.plan,
            prepared.request.letterhead,
            prepared.editions.values(),
            prepared.decisions(site.database.audience),
            created=utc_now(),
            hand_on=hand_on,
        )


@dataclass(frozen=True, slots=True)
class Carried:
    """How a run ended; with `forgotten`, nothing had left and nothing is recorded any more."""

    run: Run
    forgotten: bool


def providers_of(site: Site, mailing: Mailing) -> list[Provider]:
    """What a mailing goes through, and then what takes over, in the order of preference.

    Raises:
        ConfigError: one of them cannot be made.
    """
    kinds = [mailing.provider]
    if mailing.provider == site.settings.provider.kind:
        kinds += site.settings.provider.fallback
    return [site.provider(kind, outbox=site.state / "outbox" / mailing.id) for kind in kinds]


def carry_on(site: Site, mailing: Mailing, terms: Terms, *, keep: bool = False) -> Carried:
    """Deliver what is left of `mailing`, from whatever state it is in.

    What could not begin at all is forgotten, unless it is to be kept, as what was scheduled is.

    Raises:
        GuardError: another process is sending it.
        ConfigError: its provider cannot be made.
    """
    ledger = site.database.ledger
    provider, *fallbacks = providers_of(site, mailing)
    terms = terms.of_site(site.settings.sending, live=provider.capabilities.live)
    run = deliver(mailing, ledger, provider, terms, fallbacks=fallbacks)
    forget = run.failure is not None and not (keep or mailing.due)
    return Carried(run, forget and ledger.discard(mailing.id))


def deliver_share(site: Site, mailing: Mailing, share: Share, terms: Terms) -> Run:
    """Deliver what is left of one share of `mailing`, while others deliver others.

    Raises:
        GuardError: another process is sending it, or the whole mailing.
        ConfigError: its provider cannot be made.
    """
    provider, *fallbacks = providers_of(site, mailing)
    terms = terms.of_site(site.settings.sending, live=provider.capabilities.live)
    ledger = site.database.ledger.of_share(share)
    return deliver(mailing, ledger, provider, terms, fallbacks=fallbacks)


@dataclass(frozen=True)
class Test:
    """A test message that is ready to go, and what the checks say of its letter."""

    __test__ = False  # pytest: this is none of its tests

    issue: Issue
    trial: Trial
    findings: Sequence[Finding]

    @classmethod
    def of(cls, site: Site, issue: Issue, to: str, *, reader: str, wanted: Wanted) -> Test:
        """`issue` to the address `to`, as the persona or subscriber `reader` would get it.

        Raises:
            AudienceError: `to` is no address, or there is no such reader, locale or variant.
        """
        address = read_address(to)
        editions = Editions.of(issue)
        candidate = site.reader(reader, issue.id, editions) if reader else None
        edition = site.compile(issue, key_for_sample(editions, candidate, wanted))
        letterhead = Letterhead.of(site.settings.newsletter)
        trial = Trial.of(edition, letterhead, candidate, editions.fields, address)
        return cls(issue, trial, site.examine(issue, [edition]))

    def provider(self, site: Site, kind: str) -> Provider:
        """The one that it goes through; the outbox keeps tests in a folder of their own."""
        chosen = kind or site.settings.provider.kind
        return site.provider(chosen, outbox=site.state / "outbox" / "tests")

    def told(self, site: Site, provider: str, outcome: Outcome) -> str:
        """What became of it, in one line."""
        reason = f" ({outcome.reason})" if outcome.reason else ""
        folder = site.shown(site.state / "outbox" / "tests")
        where = f" It is in {folder}/." if provider == "outbox" else ""
        return f"{provider}: {outcome.answer}{reason}.{where}"
