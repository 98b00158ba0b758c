"""The composition root: opens a site folder and hands out provider, storage and templates."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from composer.audience.addresses import read_address
from composer.audience.parse import compile_rules
from composer.audience.rule import Rule
from composer.checks.catalogue import policy
from composer.checks.examined import Examined, look_with
from composer.checks.fronts import Front
from composer.checks.rules import ISSUE_RULES
from composer.checks.verdict import judged_texts, source_of
from composer.errors import AudienceError, ConfigError
from composer.model.edition import Edition, EditionKey
from composer.model.finding import Finding
from composer.model.issue import Issue
from composer.model.mailing import Letterhead
from composer.model.settings import Settings
from composer.reading.site_file import SITE_FILE, find_site, read_settings
from composer.reading.suggest import near
from composer.reading.translations import original_of
from composer.reading.vocabulary import Vocabulary
from composer.rendering.templates import FOLDER as TEMPLATES_FOLDER
from composer.rendering.templates import Templates
from composer.sending.choice import Editions
from composer.sending.ledger import Candidate
from composer.sending.message import Message
from composer.sending.personas import candidate_of, every_key
from composer.sending.plan import Prepared, Request, prepare, with_findings
from composer.sending.provider import Provider
from composer.sending.sample import SAMPLE_TOKEN, sample_message

if TYPE_CHECKING:
    # Markdown, YAML and SQLAlchemy are half a second: a command pays for what it uses.
    from composer.links.ask import Asker
    from composer.links.findings import LinkCheck
    from composer.reading.issue_file import Reading
    from composer.rendering.compile import Compiler
    from composer.storage.database import Database

TEMPLATE_SUFFIXES = frozenset({".j2", ".mjml", ".css"})

#: Subscriber fields of every site, beside those that it declares.
BUILT_IN_FIELDS = frozenset({"address", "email", "locale"})


@dataclass
class Site:
    """An opened site; nothing is connected or created before it is asked for."""

    folder: Path
    settings: Settings
    environ: Mapping[str, str] = field(repr=False)

    @classmethod
    def find(cls, start: Path, environ: Mapping[str, str]) -> Site:
        """Open the site that `start` is in.

        Raises:
            ConfigError: there is no `newsletter.toml` here or above.
            SourceError: it has mistakes.
        """
        folder = find_site(start)
        return cls(folder, read_settings(folder, environ), environ)

    # --- places -----------------------------------------------------------------------

    @property
    def state(self) -> Path:
        """What is never committed: database, outbox, plans."""
        return self.folder / ".newsletter"

    @property
    def plans(self) -> Path:
        return self.state / "plans"

    def shown(self, path: Path) -> str:
        """A path as a person would type it: relative to the site where it lies inside."""
        try:
            return str(path.resolve().relative_to(self.folder.resolve()))
        except ValueError:
            return str(path)

    def issue_paths(self) -> Sequence[Path]:
        """Every issue's file, in the order of their folders' names."""
        return sorted((self.folder / "issues").glob("*/issue.md"))

    def issue_path(self, name: str) -> Path:
        """The file that ISSUE means: a folder, a file, or the name of a folder in `issues/`.

        A translation means the issue that it belongs to.

        Raises:
            ConfigError: there is none.
        """
        for path in (self.folder / name, self.folder / "issues" / name, Path(name)):
            if path.is_file():
                return original_of(path)
            if (path / "issue.md").is_file():
                return path / "issue.md"
        known = [path.parent.name for path in self.issue_paths()]
        near = difflib.get_close_matches(Path(name).name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known) or 'none'}"
        raise AudienceError(f"there is no issue {name!r}", hint=hint)

    # --- rooms ------------------------------------------------------------------------

    @cached_property
    def templates(self) -> Templates:
        return Templates.of_site(self.folder)

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """The segments by name, `everyone` included.

        Raises:
            SourceError: a rule is wrong.
        """
        return compile_rules(self.settings)

    @cached_property
    def database(self) -> Database:
        from composer.storage.database import open_database

        return open_database(self.settings.database_url, self.folder, self.settings, self.rules)

    def provider(self, kind: str, *, outbox: Path, sandbox: bool = False) -> Provider:
        """The adapter of that kind; nothing is connected yet.

        Raises:
            ConfigError: there is no such provider, or a setting of it is missing.
        """
        if variable := self.settings.unset.get(kind):
            raise ConfigError(f"the variable {variable} is not set", hint=f"export {variable}=…")
        match kind:
            case "outbox":
                from composer.providers.outbox import OutboxProvider

                return OutboxProvider(outbox)
            case "smtp":
                from composer.providers.smtp import SmtpProvider

                return SmtpProvider(self.settings.provider.smtp)
            case "sendgrid":
                from composer.providers.sendgrid import SendgridProvider

                return SendgridProvider(self.settings.provider.sendgrid, sandbox=sandbox)
            case _:
                raise ConfigError(f"there is no provider {kind!r}", hint="outbox, smtp or sendgrid")

    def segment(self, name: str) -> str:
        """`name`, if there is such a segment.

        Raises:
            AudienceError: there is none.
        """
        if name not in self.rules:
            near = difflib.get_close_matches(name, self.rules, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(self.rules)}"
            raise AudienceError(f"there is no segment {name!r}", hint=hint)
        return name

    # --- an issue on its way ----------------------------------------------------------

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What an issue may refer to: declared fields, and those that the list brought."""
        seen = self.database.seen_fields() if self.database_exists else frozenset[str]()
        return Vocabulary(
            fields=frozenset(self.settings.fields) | BUILT_IN_FIELDS | seen,
            segments=frozenset(self.settings.segments),
            locale=self.settings.newsletter.locale,
            templates=frozenset(self.templates.names),
        )

    @property
    def database_exists(self) -> bool:
        return (self.state / "newsletter.db").exists() or "database" in self.__dict__

    def inspect(self, path: Path) -> Reading:
        from composer.reading.issue_file import inspect_issue

        return inspect_issue(path, self.vocabulary)

    def read(self, name: str) -> Issue:
        """Raises SourceError with every finding when the issue has mistakes."""
        from composer.reading.issue_file import read_issue

        return read_issue(self.issue_path(name), self.vocabulary)

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
        missing: Mapping[str, int] | None = None,
        live: bool = False,
    ) -> Examined:
        """What a rule over an issue is shown."""
        entry = self.templates.entry(issue.template or self.settings.newsletter.template)
        return Examined(
            issue=issue,
            editions=editions,
            settings=self.settings,
            site_file=self.folder / SITE_FILE,
            missing=missing or {},
            live=live,
            source=source_of(issue.path),
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
        missing: Mapping[str, Mapping[str, int]] | None = None,
        live: bool = False,
        others: Sequence[Front] = (),
    ) -> tuple[Finding, ...]:
        """What every rule says of an issue and of its translations, before anybody's choice.

        `missing` is by the locale of the editions; `others` are the issues of the site.
        """
        found: dict[Finding, None] = {}
        for text in issue.texts:
            own = [e for e in editions if issue.text_for(e.key.locale) is text]
            lacking = Counter[str]()
            for locale, counts in (missing or {}).items():
                lacking.update(counts if issue.text_for(locale) is text else {})
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
        missing: Mapping[str, Mapping[str, int]] | None = None,
        live: bool = False,
    ) -> tuple[Finding, ...]:
        """What the checks say before a send, as the site weighs it and its authors silenced it."""
        found = self.looked_at(issue, editions, missing=missing, live=live)
        return tuple(judged_texts(found, [t.path for t in issue.texts], policy(self.settings)))

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

    def template_paths(self) -> Sequence[Path]:
        """Every file below the site's own `email_templates/`, in the order of their names."""
        folder = self.folder / TEMPLATES_FOLDER
        return sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in TEMPLATE_SUFFIXES)

    def reader(self, address: str, issue_id: str, editions: Editions) -> Candidate:
        """A subscriber of the list, as a plan would see them, or the persona of that name.

        Raises:
            AudienceError: nobody on the list has that address, or no persona that name.
        """
        if "@" not in address:
            return self.persona(address)
        found = self.database.audience.reader(
            read_address(address), issue_id=issue_id, among=editions.segments
        )
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

    def prepare(self, issue: Issue, segment: str, provider: Provider) -> Prepared:
        """The plan of a mailing, checked; writes and sends nothing."""
        request = Request(
            issue_id=issue.id,
            segment=self.segment(segment),
            provider=provider.name,
            letterhead=Letterhead.of(self.settings.newsletter),
            editions=Editions.of(issue),
        )
        ledger = self.database.ledger
        prepared = prepare(
            request,
            self.database.audience,
            self.compiler(issue).edition,
            taken=lambda name: ledger.mailing(name) is not None,
        )
        for edition in prepared.editions.values():
            # What cannot become a message must be known before anything is confirmed.
            Message.compile(edition, request.letterhead)
        findings = self.examine(
            issue,
            list(prepared.editions.values()),
            missing=prepared.missing,
            live=provider.capabilities.live,
        )
        return with_findings(prepared, findings)
