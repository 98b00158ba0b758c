"""An opened site: its rooms, each opened when it is asked for."""

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
from composer.reading.site_file import find_site, read_settings
from composer.reading.vocabulary import Vocabulary
from composer.rendering.templates import Templates
from composer.sending.contest import Measured, NothingMeasured
from composer.sending.provider import Adapter
from composer.site.places import Places

if TYPE_CHECKING:
    # SQLAlchemy is a quarter of a second: a command pays for what it uses.
    from composer.providers.smtp.dkim_keys import Record
    from composer.providers.smtp.signer import Signer
    from composer.storage.database import Database

#: Subscriber fields of every site, beside those that it declares.
BUILT_IN_FIELDS = frozenset({"address", "email", "locale"})


@dataclass
class Opened(Places):
    """A site's folder and settings; nothing is connected or created before it is asked for."""

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

    @property
    def is_live(self) -> bool:
        """Whether its own provider reaches real people; asking opens none."""
        return self.settings.provider.kind != "outbox"

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
