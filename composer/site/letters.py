"""An issue on its way through an opened site: read, compiled, examined, and planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from composer.audience.addresses import read_address
from composer.errors import AudienceError
from composer.model.edition import Edition, EditionKey
from composer.model.finding import Finding
from composer.model.issue import Issue
from composer.model.mailing import Letterhead
from composer.reading.site_file import SITE_FILE
from composer.reading.suggest import near
from composer.sending.choice import AT_ONCE, Course, Editions
from composer.sending.ledger import Candidate
from composer.sending.message import Message
from composer.sending.personas import candidate_of, every_key
from composer.sending.plan import Prepared, Request, prepare, with_findings
from composer.sending.provider import Provider
from composer.sending.sample import SAMPLE_TOKEN, sample_message
from composer.site.opened import Opened

if TYPE_CHECKING:
    # Markdown, YAML and all the rules are heavy: a command pays for what it uses.
    from composer.checks.examined import Examined
    from composer.checks.fronts import Front
    from composer.checks.lacking import Lacking
    from composer.links.ask import Asker
    from composer.links.findings import LinkCheck
    from composer.reading.issue_file import Reading
    from composer.rendering.compile import Compiler


@dataclass
class Site(Opened):
    """An opened site, and what becomes of its issues."""

    def inspect(self, path: Path) -> Reading:
        from composer.reading.issue_file import inspect_issue

        return inspect_issue(path, self.vocabulary)

    def read(self, name: str) -> Issue:
        """Raises SourceError with every finding when the issue has mistakes."""
        from composer.reading.issue_file import read_issue

        return read_issue(self.issue_path(name), self.vocabulary)

    def read_at(self, path: Path) -> Issue:
        """The issue in that file; raises SourceError when it has mistakes."""
        from composer.reading.issue_file import read_issue

        return read_issue(path, self.vocabulary)

    def compiler(self, issue: Issue) -> Compiler:
        """Makes the editions of `issue`; what they share is made once."""
        from composer.rendering.compile import Compiler

        return Compiler(issue, self.settings.newsletter, self.templates)

    def compile(self, issue: Issue, key: EditionKey) -> Edition:
        return self.compiler(issue).edition(key)

    def editions(self, issue: Issue) -> list[Edition]:
        """Enough to see every part: see `Editions.keys`.

        And what the personas get, whose segments go together as no other readers' may.
        """
        compiler, editions = self.compiler(issue), Editions.of(issue)
        personas = map(self.persona, self.settings.personas)
        return [compiler.edition(key) for key in every_key(editions, personas)]

    def examined(
        self,
        issue: Issue,
        editions: Sequence[Edition],
        *,
        missing: Mapping[str, Lacking] | None = None,
        live: bool = False,
    ) -> Examined:
        """What a rule over an issue is shown."""
        from composer.checks.examined import Examined
        from composer.reading.source import text_of

        entry = self.templates.entry(issue.template or self.settings.newsletter.template)
        return Examined(
            issue=issue,
            editions=editions,
            settings=self.settings,
            site_file=self.folder / SITE_FILE,
            missing=missing or {},
            live=live,
            source=text_of(issue.path),
            today=datetime.now(UTC).date(),
            messages=self.messages(editions),
            template=self.templates.path(entry),
            template_source=self.templates.read(entry) or "",
        )

    def messages(self, editions: Sequence[Edition]) -> Mapping[EditionKey, bytes]:
        """A whole message of each edition, as a sample reader gets it."""
        letterhead = Letterhead.of(self.settings.newsletter)
        return {edition.key: sample_message(edition, letterhead) for edition in editions}

    def looked_at(
        self,
        issue: Issue,
        editions: Sequence[Edition],
        *,
        missing: Mapping[str, Mapping[str, Lacking]] | None = None,
        live: bool = False,
        others: Sequence[Front] = (),
    ) -> tuple[Finding, ...]:
        """What every rule says of an issue and of its translations, before anybody's choice.

        `missing` is by the locale of the editions; `others` are the issues of the site.
        """
        from composer.checks.examined import look_with
        from composer.checks.lacking import Lacking
        from composer.checks.rules import ISSUE_RULES

        found: dict[Finding, None] = {}
        for text in issue.texts:
            own = [e for e in editions if issue.text_for(e.key.locale) is text]
            lacking: dict[str, Lacking] = {}
            for locale, slots in (missing or {}).items():
                for name, some in slots.items() if issue.text_for(locale) is text else ():
                    lacking[name] = lacking.get(name, Lacking()) + some
            seen = self.examined(text, own, missing=lacking, live=live)
            if text.path == issue.path:
                seen = replace(seen, others=others)
            found |= dict.fromkeys(look_with(ISSUE_RULES, seen))
        return tuple(found)

    def examine(
        self,
        issue: Issue,
        editions: Sequence[Edition],
        *,
        missing: Mapping[str, Mapping[str, Lacking]] | None = None,
        live: bool = False,
    ) -> tuple[Finding, ...]:
        """What the checks say before a send, as the site weighs it and its authors silenced it.

        It is what `Checkup` says of the issue, of these editions.
        """
        from composer.checks.catalogue import policy
        from composer.checks.fronts import fronts_of
        from composer.checks.verdict import judged_texts

        others: Sequence[Front] = ()
        with suppress(OSError):  # a folder of another issue must not hinder this one
            others = fronts_of(self.issue_paths())
        found = self.looked_at(issue, editions, missing=missing, live=live, others=others)
        return tuple(judged_texts(found, [t.path for t in issue.texts], policy(self.settings)))

    def is_draft(self, issue: Issue) -> bool:
        """Whether a check says that somebody has yet to write it (`issue/draft`, an error)."""
        from composer.checks.drafts import drafts_in

        found = list(drafts_in(issue))
        if not found:
            return False
        from composer.checks.catalogue import policy
        from composer.checks.verdict import judged_texts

        said = judged_texts(found, [t.path for t in issue.texts], policy(self.settings))
        return any(f in found for f in said)

    def counted(self, issue: Issue, edition: Edition) -> Edition:
        """`edition` of `issue` with its links as they are counted."""
        from composer.rendering.counting import with_counted_links
        from composer.rendering.viewing import web_url

        newsletter = self.settings.newsletter
        return with_counted_links(edition, newsletter.base_url, web_url(issue, newsletter))

    def link_check(self, issues: Sequence[Issue], *, fresh: bool) -> LinkCheck:
        """Every link of `issues`; answers of an earlier check count unless `fresh` is set."""
        from composer.links.findings import LinkCheck
        from composer.links.memory import Memory

        now_s = datetime.now(UTC).timestamp()
        memory = Memory.of(self.state / "links.json", now_s, fresh=fresh)
        return LinkCheck(issues, self.settings.newsletter, memory)

    def link_asker(self) -> Asker:
        """Who asks the network, in the newsletter's name."""
        from composer.links.ask import Asker, Limits, agent_of
        from composer.links.network import Network

        return Asker(Network(), Limits(), agent_of(self.settings.newsletter.base_url))

    def spam_findings(self, issue: Issue) -> Sequence[Finding]:
        """What SpamAssassin on this machine says: of one letter in each language.

        Raises:
            ConfigError: it is not here.
            Unreachable: it gave no answer.
        """
        from composer.spam.findings import spam_findings
        from composer.spam.judge import find_judge

        first: dict[str, Edition] = {}
        for edition in self.editions(issue):
            first.setdefault(edition.key.locale, edition)
        messages = self.messages(list(first.values()))
        ask, found = find_judge(), list[Finding]()
        for key, message in messages.items():
            path = issue.text_for(key.locale).path
            found += spam_findings(path, [(f"the letter in {key.locale}", message)], ask)
        return found

    def reader(self, address: str, issue_id: str, editions: Editions) -> Candidate:
        """A subscriber of the list, as a plan would see them, or the persona of that name.

        Raises:
            AudienceError: nobody on the list has that address, or no persona that name.
        """
        if "@" not in address:
            return self.persona(address)
        known, found = read_address(address), None
        if self.database_exists:
            found = self.database.audience.reader(known, issue_id=issue_id, among=editions.segments)
        if found is None:
            raise AudienceError(f"{address} is not on the list", hint="newsletter subscribers list")
        return found

    def persona(self, name: str) -> Candidate:
        """The sample reader of that name, in the segments whose rules they fulfil.

        Raises:
            AudienceError: there is none.
        """
        personas = self.settings.personas
        if name not in personas:
            hint = near(name, personas, otherwise=f"there are: {', '.join(personas)}")
            raise AudienceError(f"there is no persona {name!r}", hint=hint)
        return candidate_of(personas[name], self.rules, SAMPLE_TOKEN)

    def prepare(
        self, issue: Issue, segment: str, provider: Provider, course: Course = AT_ONCE
    ) -> Prepared:
        """The plan of a mailing, checked; writes and sends nothing.

        Clicks are counted as the site wants it, unless `course` says.

        Raises:
            GuardError: the provider, or Gmail, does not take so many counted links.
        """
        from composer.sending.guards import refuse_clipped, refuse_heavy_links

        count_clicks = course.count_clicks
        if count_clicks is None:
            count_clicks = self.settings.public.count_clicks
        request = Request(
            issue_id=issue.id,
            segment=self.segment(segment),
            provider=provider.name,
            letterhead=Letterhead.of(self.settings.newsletter),
            editions=Editions.of(issue),
            course=course,
            count_clicks=count_clicks,
        )
        ledger = self.database.ledger
        compiler, written = self.compiler(issue), dict[EditionKey, Edition]()

        def compiled(key: EditionKey) -> Edition:
            written[key] = edition = compiler.edition(key)
            return self.counted(issue, edition) if count_clicks else edition

        prepared = prepare(
            request,
            self.database.audience,
            compiled,
            taken=lambda name: ledger.mailing(name) is not None,
        )
        for edition in prepared.editions.values():
            # What cannot become a message must be known before anything is confirmed.
            Message.compile(edition, request.letterhead)
            refuse_heavy_links(edition, request.letterhead, provider)
            refuse_clipped(edition, written[edition.key])
        findings = self.examine(
            issue,
            list(written.values()),  # where their authors wrote them, links are no slots
            missing=prepared.missing,
            live=provider.capabilities.live,
        )
        counted = prepared.plan.counted_links > 0
        if course.ab_test and not self.measures(course.ab_test.metric, counted=counted):
            prepared = replace(prepared, plan=replace(prepared.plan, measured=False))
        return with_findings(prepared, findings)
