"""What the letter was: as it was approved, at a git revision, or as it was last sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from composer.approval import Approval
from composer.errors import ConfigError
from composer.model.edition import Edition, EditionKey, InlineImage
from composer.model.issue import Issue
from composer.model.mailing import Mailing
from composer.site import Site
from composer.snapshots.approved import FOLDER, read_approved
from composer.snapshots.judge import Verdict, between, judge
from composer.snapshots.shot import Shot, shots_of

#: The provider of dry runs: what it took has reached nobody.
OUTBOX = "outbox"


@dataclass(frozen=True, slots=True)
class Past:
    """`shots` are what the letters were, by the rendition's name; `told` says since when."""

    told: str
    verdict: Verdict
    shots: Mapping[str, Shot]
    now: Mapping[str, Shot]

    def pictures(self, name: str) -> dict[str, InlineImage]:
        """Those of a rendition by their cid: of then, and else the same ones of now."""
        held = (side.get(name) for side in (self.now, self.shots))
        editions = (shot.edition for shot in held if shot is not None and shot.edition)
        return {image.cid: image for edition in editions for image in edition.images}


@dataclass
class Memory:
    """Finds the past of issues; what git and the ledger said does not change and is kept."""

    site: Site
    _kept: dict[tuple[str, str], Sequence[Shot]] = field(default_factory=dict)

    def past(self, path: Path, against: str, revision: str) -> Past:
        """The past of the issue at `path`; `against` is snapshot, commit or sent.

        Raises:
            ComposerError: there is none, and what to do about it; or one of the two sides
                cannot be rendered.
        """
        approval = Approval(self.site)
        issue = self.site.read(str(path.resolve()))
        now = approval.shots(issue)
        if against == "snapshot":
            return _approved(issue, now)
        if against == "commit":
            if not revision.isprintable():
                raise ConfigError("that is no revision", hint="a branch, a tag or a commit")
            commit = approval.commit(revision)
            told = f"{revision} ({commit.short})"
            key = (issue.id, commit.id)
            if key not in self._kept:
                self._kept[key] = approval.at(path, commit)
        else:
            mailing = _last_sent(self.site, issue.id)
            where = " (into the outbox)" if mailing.provider == OUTBOX else ""
            told = f"{mailing.id}, sent to {mailing.segment} on {mailing.created[:10]}{where}"
            key = (issue.id, mailing.id)
            if key not in self._kept:
                self._kept[key] = list(_frozen(self.site, issue, mailing))
        then = self._kept[key]
        verdict = between(issue.id, then, now, since=told)
        return Past(told, verdict, _by_name(then), _by_name(now))


def _by_name(shots: Sequence[Shot]) -> dict[str, Shot]:
    return {shot.name: shot for shot in shots}


def _approved(issue: Issue, now: Sequence[Shot]) -> Past:
    approved = read_approved(issue.path.parent / FOLDER)
    if not approved.shots:
        raise ConfigError(
            "nothing of this issue is approved yet",
            hint=f"newsletter snapshot {issue.id} --update approves what is there now",
        )
    verdict = judge(issue.id, now, approved)
    return Past("what was approved", verdict, approved.shots, _by_name(now))


def _last_sent(site: Site, issue_id: str) -> Mailing:
    if site.database_exists:
        found = [m for m in site.database.ledger.mailings() if m.issue_id == issue_id]
        real = [mailing for mailing in found if mailing.provider != OUTBOX]
        if found:
            return (real or found)[0]
    raise ConfigError(
        "this issue was never sent", hint=f"newsletter plan {issue_id} shows who would get it"
    )


def _frozen(site: Site, issue: Issue, mailing: Mailing) -> Iterator[Shot]:
    """What each persona would have got in that mailing."""
    editions = site.database.ledger.editions(mailing.id)

    def edition(key: EditionKey) -> Edition:
        return _nearest(editions, key)

    for name in site.settings.personas:
        try:
            yield from shots_of(issue, [(name, site.persona(name))], edition, mailing.letterhead)
        except LookupError:  # nobody like this persona was mailed
            continue


def _nearest(editions: Mapping[str, Edition], key: EditionKey) -> Edition:
    """The frozen edition of that key, or the one for the most of its segments.

    Raises:
        LookupError: there was none in that language and variant.
    """
    alike = [
        e for e in editions.values() if (e.key.locale, e.key.variant) == (key.locale, key.variant)
    ]
    if not alike:
        raise LookupError(str(key))
    wanted = set(key.segments)
    found = min(alike, key=lambda e: (len(wanted ^ set(e.key.segments)), str(e.key)))
    return replace(found, key=key)
