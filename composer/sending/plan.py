"""Decide what a send would do, before it does any of it: editions, recipients, digests, findings.

A plan is made by walking the audience once. Nothing but counts and digests is kept, so that a
million recipients need no more memory than a thousand. Where there are A/B variants, the ids of
those who will get them are counted out before: see `composer.sending.parts`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from composer.checks.lacking import Lacking
from composer.errors import GuardError
from composer.model.clicks import targets_of
from composer.model.delivery import Exclusion, Recipient
from composer.model.edition import Edition, EditionKey
from composer.model.finding import Finding, Severity
from composer.model.mailing import REASONS, Letterhead, Plan
from composer.sending.choice import AT_ONCE, Course, Editions, choose_recipients
from composer.sending.contest import NEVER_S, possible
from composer.sending.ledger import Audience
from composer.sending.parts import Parts, parts_of
from composer.sending.schedule import Timetable

#: How often a plan is begun again because the list changed while it was made.
_TRIES = 3

#: Compiles the edition of one key; called once for each key that the audience needs.
Compile = Callable[[EditionKey], Edition]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be planned."""

    issue_id: str
    segment: str
    provider: str
    letterhead: Letterhead
    editions: Editions
    course: Course = AT_ONCE
    count_clicks: bool = False


@dataclass
class Prepared:
    """A plan with what a send needs to carry it out."""

    request: Request
    plan: Plan
    parts: Parts  #: who gets which A/B variant
    editions: Mapping[EditionKey, Edition]
    #: locale → slot name → recipients without a value where none is optional
    missing: Mapping[str, Mapping[str, Lacking]]
    findings: Sequence[Finding] = ()
    timetable: Timetable | None = None  #: None when all goes at once

    def decisions(self, audience: Audience) -> Iterator[Recipient | Exclusion]:
        """The same decisions again, for freezing.

        Raises:
            GuardError: at the end, when the list changed since the plan was made.
        """
        walk = _Walk(self.editions.__getitem__, self.request.editions.variants)
        try:
            yield from walk.over(_decide(self.request, audience, self.parts))
        except KeyError:
            raise _list_changed("carried out") from None
        if walk.audience_digest != self.plan.audience_digest:
            raise _list_changed("carried out")

    def rehearsal(self, audience: Audience) -> Iterator[Recipient | Exclusion]:
        """The same; who waits for the decision of an A/B test gets what a tie would give them."""
        for decision in self.decisions(audience):
            if isinstance(decision, Recipient):
                first, *_ = possible(decision.edition, self.request.editions.variants)
                yield replace(decision, edition=first)
            else:
                yield decision


def _list_changed(meanwhile: str) -> GuardError:
    return GuardError(
        f"the list changed while the plan was being {meanwhile}; nothing was sent",
        hint="run the same command again",
    )


def prepare(
    request: Request,
    audience: Audience,
    compile_edition: Compile,
    *,
    taken: Callable[[str], bool] = lambda _: False,
) -> Prepared:
    """Walk the audience and make the plan. Sends and writes nothing.

    The same issue, list and letterhead make the same plan with the same id, unless that id
    is `taken` by another mailing.

    Raises:
        GuardError: the list does not stop changing, so that its A/B parts cannot be made equal.
    """
    walk, parts = _walked(request, audience, compile_edition)
    editions = walk.editions
    if not editions:
        # Nobody to send to is still a letter to check and show.
        walk.edition(next(request.editions.keys))
    digests = {str(key): editions[key].digest for key in sorted(editions)}
    edition_digest = _digest(digests)
    message_digest = _digest({"letterhead": repr(request.letterhead), "to": request.provider})
    stamp = _digest([edition_digest, walk.audience_digest, message_digest]).removeprefix("sha256:")
    ids = (f"{request.issue_id}-{request.segment}-{stamp[:size]}" for size in range(4, 64))
    schedule = request.course.schedule
    timetable = Timetable(schedule, walk.dues) if schedule else None
    plan = Plan(
        id=next(name for name in ids if not taken(name)),
        issue_id=request.issue_id,
        segment=request.segment,
        provider=request.provider,
        matched=walk.matched,
        recipients=sum(walk.by_edition.values()),
        excluded=dict.fromkeys(REASONS, 0) | dict(sorted(walk.excluded.items())),
        editions=digests,
        recipients_by_edition=dict(sorted(walk.by_edition.items())),
        edition_digest=edition_digest,
        audience_digest=walk.audience_digest,
        message_digest=message_digest,
        schedule=schedule.words if schedule else "",
        due=timetable.first_s if timetable else 0,
        ab_test=request.course.ab_test,
        rate=request.course.rate,
        count_clicks=request.count_clicks,
        counted_links=len({link for e in editions.values() for link in targets_of(e)}),
    )
    return Prepared(request, plan, parts, editions, walk.missing, timetable=timetable)


def with_findings(prepared: Prepared, findings: Sequence[Finding]) -> Prepared:
    """`prepared` with what the checks said, counted in its plan."""
    errors = sum(f.severity is Severity.ERROR for f in findings)
    plan = replace(prepared.plan, errors=errors, warnings=len(findings) - errors)
    return replace(prepared, plan=plan, findings=tuple(findings))


def with_last(prepared: Prepared, last: int, growth: float) -> Prepared:
    """`prepared`, knowing that the segment's last mailing was for `last` readers.

    A plan for more than `growth` times as many must be confirmed as such.
    """
    grown = last > 0 and prepared.plan.recipients > growth * last
    return replace(prepared, plan=replace(prepared.plan, grown_from=last)) if grown else prepared


def _walked(request: Request, audience: Audience, compile_edition: Compile) -> tuple[_Walk, Parts]:
    """What the audience adds up to, and the parts of its A/B variants, as large as was counted."""
    variants = request.editions.variants
    for _ in range(_TRIES):
        readers = audience.eligible(request.segment, issue_id=request.issue_id)
        parts = parts_of(request.issue_id, variants, readers, request.course.ab_test)
        walk = _Walk(compile_edition, variants)
        for _ in walk.over(_decide(request, audience, parts)):
            pass
        if not parts.sizes or walk.sizes == parts.sizes:
            return walk, parts
    raise _list_changed("made")


def _decide(request: Request, audience: Audience, parts: Parts) -> Iterator[Recipient | Exclusion]:
    candidates = audience.candidates(
        request.segment, issue_id=request.issue_id, among=request.editions.segments
    )
    return choose_recipients(candidates, request.editions, parts, request.course)


def _digest(content: object) -> str:
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False).encode()
    return f"sha256:{hashlib.sha256(canonical).hexdigest()}"


@dataclass
class _Walk:
    """What one pass over the decisions adds up to."""

    compile_edition: Compile
    variants: Sequence[str]
    editions: dict[EditionKey, Edition] = field(default_factory=dict)
    matched: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    by_edition: Counter[str] = field(default_factory=Counter)
    missing: dict[str, dict[str, Lacking]] = field(default_factory=dict)
    dues: Counter[tuple[int, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._seen = hashlib.sha256()
        self._required: dict[EditionKey, frozenset[str]] = {}

    def edition(self, key: EditionKey) -> Edition:
        if key not in self.editions:
            self.editions[key] = self.compile_edition(key)
        return self.editions[key]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The recipients of each variant, and last those who wait for theirs."""
        sums = Counter[str]()
        for name, count in self.by_edition.items():
            sums[EditionKey.parse(name).variant] += count
        return tuple(sums[name] for name in (*self.variants, ""))

    @property
    def audience_digest(self) -> str:
        return f"sha256:{self._seen.hexdigest()}"

    def over(self, decisions: Iterator[Recipient | Exclusion]) -> Iterator[Recipient | Exclusion]:
        for decision in decisions:
            self.matched += 1
            if isinstance(decision, Exclusion):
                self.excluded[decision.reason] += 1
                self._seen.update(f"-{decision.subscriber_id}\0".encode())
            else:
                self._count(decision)
            yield decision

    def _count(self, recipient: Recipient) -> None:
        required = self._required.get(recipient.edition)
        if required is None:
            keys = possible(recipient.edition, self.variants)
            slots = (slot for key in keys for slot in self.edition(key).slots)
            required = frozenset(
                s.name for s in slots if s.default is None and s.name.startswith("subscriber.")
            )
            self._required[recipient.edition] = required
        if lacking := required - recipient.values.keys():
            found = self.missing.setdefault(recipient.edition.locale, {})
            one = Lacking(1, (str(recipient.address),))
            found |= {name: found.get(name, Lacking()) + one for name in lacking}
        self.by_edition[str(recipient.edition)] += 1
        if recipient.due and recipient.due < NEVER_S:
            self.dues[recipient.due, recipient.zone] += 1
        line = (
            recipient.subscriber_id,
            str(recipient.address),
            recipient.display_name,
            str(recipient.edition),
            sorted(recipient.values.items()),
        )
        self._seen.update(repr(line).encode())
