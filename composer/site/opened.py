"""An opened site folder: where things lie in it, and its rooms, opened when they are asked for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from composer.audience.parse import compile_rules
from composer.audience.rule import Rule
from composer.errors import AudienceError, ConfigError, NamedError
from composer.events.mail.mailbox import Mailbox
from composer.model.ab_test import Metric
from composer.model.settings import Settings
from composer.reading.site_file import SITE_FILE, find_site, read_settings
from composer.reading.translations import original_of
from composer.reading.vocabulary import Vocabulary
from composer.refused_files import is_there, real_path
from composer.rendering.templates import FOLDER as TEMPLATES_FOLDER
from composer.rendering.templates import Templates
from composer.sending.contest import Measured, NothingMeasured
from composer.sending.provider import Adapter

if TYPE_CHECKING:
    # SQLAlchemy is a quarter of a second: a command pays for what it uses.
    from composer.providers.smtp.dkim_keys import Record
    from composer.providers.smtp.signer import Signer
    from composer.storage.database import Database

TEMPLATE_SUFFIXES = frozenset({".j2", ".mjml", ".css"})

#: Subscriber fields of every site, beside those that it declares.
BUILT_IN_FIELDS = frozenset({"address", "email", "locale"})


@dataclass
class Opened:
    """A site's folder; nothing is connected or created before it is asked for."""

    folder: Path
    settings: Settings
    environ: Mapping[str, str] = field(repr=False)

    @classmethod
    def find(cls, start: Path, environ: Mapping[str, str]) -> Self:
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
        """Every issue's file, in the order of their folders' names.

        Raises:
            OSError: one of the folders may not be looked into: what is in it must not be left out.
        """
        whole = self.folder / "issues"
        folders = (
            sorted(path for path in whole.iterdir() if path.is_dir()) if whole.is_dir() else []
        )
        return [path for folder in folders if is_there(path := folder / "issue.md")]

    def issue_path(self, name: str) -> Path:
        """The file that ISSUE means: a folder, a file, or the name of a folder in `issues/`.

        A translation means the issue that it belongs to.

        Raises:
            ConfigError: there is none.
        """
        for path in (self.folder / name, self.folder / "issues" / name, Path(name)):
            if path.is_file() and path.suffix == ".md":
                return original_of(path)
            if path.is_file():
                raise AudienceError(
                    f"{name} is no issue",
                    hint="an issue is a file issue.md, in a folder issues/NAME",
                )
            if any(at.name == "issue.md" and at.is_dir() for at in (path, path / "issue.md")):
                raise AudienceError(
                    f"the issue.md of {name.removesuffix('/issue.md')} is a folder",
                    hint="an issue is a file issue.md: move the folder away, or its text out of it",
                )
            if (path / "issue.md").is_file():
                return path / "issue.md"
        known = [path.parent.name for path in self.issue_paths()]
        near = difflib.get_close_matches(Path(name).name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known) or 'none'}"
        raise AudienceError(f"there is no issue {name!r}", hint=hint)

    def issue_paths_of(self, name: str) -> Sequence[Path]:
        """What `name` means where several may be meant: an issue, or the folder of all.

        Raises:
            AudienceError: there is none.
        """
        whole = self.folder / "issues"
        if any(real_path(path) == real_path(whole) for path in (self.folder / name, Path(name))):
            return self.issue_paths()
        return [self.issue_path(name)]

    def place_of(self, name: str) -> Path | None:
        """What is no issue and part of a site: its folder, newsletter.toml, a template or theirs.

        None where `name` means something else: in an issue's folder, a dot means that issue.
        """
        folder = self.folder.resolve()
        if (Path(name) / "issue.md").is_file():
            return None
        for path in (real_path(self.folder / name), real_path(Path(name))):
            if path in (folder, folder / SITE_FILE) or self._is_of_templates(path):
                return path
        return None

    def _is_of_templates(self, path: Path) -> bool:
        folder = (self.folder / TEMPLATES_FOLDER).resolve()
        return path == folder or (path.exists() and path.is_relative_to(folder))

    def template_paths_of(self, name: str, path: Path) -> Sequence[Path]:
        """The templates that `path`, which somebody called `name`, means: one, or a folder's.

        Raises:
            NamedError: there is none.
        """
        own = self.template_paths()
        found = [t for t in own if t.resolve() == path or path in t.resolve().parents]
        if not found:
            kinds = ", ".join(sorted(TEMPLATE_SUFFIXES))
            hint = f"a template of a site is a file in {TEMPLATES_FOLDER}/ that ends in {kinds}"
            raise NamedError(f"there is no template in {name}", hint=hint)
        return found

    def template_paths(self) -> Sequence[Path]:
        """Every file below the site's own `email_templates/`, in the order of their names."""
        folder = self.folder / TEMPLATES_FOLDER
        return sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in TEMPLATE_SUFFIXES)

    @property
    def is_live(self) -> bool:
        """Whether its own provider reaches real people; asking opens none."""
        return self.settings.provider.kind != "outbox"

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

    @property
    def measured(self) -> Measured:
        """What people did with what they got, as far as this site learns of it."""
        return self.database.measured if self.database_exists else NothingMeasured()

    def measures(self, metric: Metric, *, counted: bool = False) -> bool:
        """Whether anything tells this site of it: a webhook, or a mailbox that it reads.

        Or its own pages, where the links of a mailing are `counted`.
        """
        if metric is Metric.REPLIES:
            return bool(self.settings.bounces.source)
        return counted or (self.settings.webhooks.clicks and bool(self.settings.webhooks.callers))

    def provider(self, kind: str, *, outbox: Path, sandbox: bool = False) -> Adapter:
        """The adapter of that kind; nothing is connected yet.

        Raises:
            NamedError: there is no such provider.
            ConfigError: a setting of it is missing.
        """
        if variable := self.settings.unset.get(kind):
            raise ConfigError(f"the variable {variable} is not set", hint=f"export {variable}=…")
        match kind:
            case "outbox":
                from composer.providers.outbox import OutboxProvider

                return OutboxProvider(outbox)
            case "smtp":
                from composer.providers.smtp import SmtpProvider

                return SmtpProvider(self.settings.provider.smtp, signer=self._signer())
            case "sendgrid":
                from composer.providers.sendgrid import SendgridProvider

                return SendgridProvider(self.settings.provider.sendgrid, sandbox=sandbox)
            case _:
                raise NamedError(f"there is no provider {kind!r}", hint="outbox, smtp or sendgrid")

    def try_provider(self, kind: str) -> str:
        """Ask it whether it would take our mail, and say in a line what it answered.

        Raises:
            ConfigError, ProviderError: it would not.
        """
        domain = self.settings.newsletter.sender.address.domain
        provider = self.provider(kind, outbox=self.state / "outbox")
        try:
            return provider.try_out(domain)
        finally:
            provider.close()

    def dkim_records(self) -> Sequence[Record]:
        """What the DNS must say of the keys in `[dkim]`.

        Raises:
            ConfigError: a key cannot be read.
        """
        if (dkim := self.settings.provider.dkim) is None:
            return ()
        from composer.providers.smtp.dkim_keys import load_key, record

        return [record(load_key(key), key.selector, dkim.domain) for key in dkim.keys]

    def bounce_mailbox(self, source: str | None = None) -> Mailbox:
        """The mailbox that `source` names, or the one of `[bounces]`; logged in to.

        Raises:
            NamedError: there is nothing at `source`.
            ConfigError: [bounces] names none, or its password is not set.
            ProviderError: it is out of reach, or refuses us.
        """
        from composer.mailboxes.opening import open_mailbox

        settings = self.settings.bounces
        wanted = source or settings.source
        if not wanted:
            raise ConfigError(
                "[bounces] names no mailbox",
                hint='source = "maildir:/var/mail/bounces", or newsletter bounces PATH',
            )
        variable = self.settings.unset.get("bounces")
        if variable and wanted.startswith(("imap", "pop3")):
            raise ConfigError(f"the variable {variable} is not set", hint=f"export {variable}=…")
        try:
            return open_mailbox(wanted, settings)
        except NamedError as error:
            if source:
                raise
            raise ConfigError(error.problem, place=error.place, hint=error.hint) from error

    def _signer(self) -> Signer | None:
        if self.settings.provider.dkim is None:
            return None
        from composer.providers.smtp.dkim_keys import open_signer

        return open_signer(self.settings.provider.dkim)

    def make_dkim_key(self, path: Path, *, selector: str, kind: str) -> Record:
        """Write a new key (`rsa` or `ed25519`) to `path`; return its DNS record.

        Raises:
            ConfigError: there is such a file already, or it cannot be written.
        """
        from composer.providers.smtp.dkim_keys import make_key, record

        dkim = self.settings.provider.dkim
        domain = dkim.domain if dkim else self.settings.newsletter.sender.address.domain
        return record(make_key(kind, path), selector, domain)

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
        """Whether there is one already; asking makes none. A server is there, or says it is not."""
        return self.database_file is None or self.database_file.exists()

    @property
    def database_file(self) -> Path | None:
        """Where the database is, or will be; None when it is on a server."""
        from composer.storage.place import POSTGRES, database_path

        url = self.settings.database_url
        return None if url.startswith(POSTGRES) else database_path(url, self.folder)
