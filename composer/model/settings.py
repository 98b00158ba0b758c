"""What `newsletter.toml` says, after every value was checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from composer.errors import Place
from composer.model.address import Address
from composer.model.finding import Severity
from composer.model.limits import SendingSettings
from composer.model.persona import PERSONAS, Persona


class FieldType(StrEnum):
    """The type of a subscriber field; a field that is not declared is text."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"  #: ISO 8601, `2026-11-20`
    BOOLEAN = "boolean"  #: `true`/`false`, `yes`/`no`, `1`/`0`
    SET = "set"  #: `"policy;energy"` in a CSV


class ImageMode(StrEnum):
    """How the pictures of an issue reach the reader."""

    CID = "cid"  #: inside the message
    URL = "url"  #: as links below `base_url`; the pictures must be published there


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name, which may be empty and hold any letter, and an address."""

    name: str
    address: Address


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that came from the environment; it never shows itself."""

    value: str = field(repr=False)
    variable: str

    def __str__(self) -> str:
        return f"(secret from {self.variable})"


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """A named rule as it stands in `newsletter.toml`; `place` is that of its first character."""

    name: str
    rule: str
    place: Place


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    host: str = "127.0.0.1"
    port: int = 587
    security: str = "starttls"  #: `starttls`, `tls` or `none`
    insecure: bool = False  #: `none` beyond loopback was asked for on purpose
    username: str = ""
    password: Secret | None = None
    connections: int = 4
    timeout_s: float = 30.0
    idempotency_header: str = ""  #: the header by which the server knows a repeated message
    idempotency_s: int = 0  #: for how long it does
    delivery_header: str = ""  #: by which its events name the delivery, where Message-ID is lost


@dataclass(frozen=True, slots=True)
class SendgridSettings:
    api_key: Secret | None = None
    host: str = "https://api.sendgrid.com"  #: or `https://api.eu.sendgrid.com`
    connections: int = 4
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key by its file or its value, and its name in the DNS."""

    selector: str
    file: str = ""
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class DkimSettings:
    """Each key signs every message that goes through SMTP."""

    domain: str
    keys: tuple[DkimKey, ...]


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    kind: str = "outbox"
    smtp: SmtpSettings = SmtpSettings()
    sendgrid: SendgridSettings = SendgridSettings()
    dkim: DkimSettings | None = None
    fallback: tuple[str, ...] = ()  #: kinds that take over when `kind` cannot be reached, in order


@dataclass(frozen=True, slots=True)
class CallerSettings:
    """How a provider's calls are known to be its own; each uses what it needs."""

    key: Secret | None = None
    username: str = ""
    password: Secret | None = None
    topics: tuple[str, ...] = ()  #: ARNs of SNS topics
    max_age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`callers` are the providers that may tell us something, by their names."""

    callers: Mapping[str, CallerSettings] = field(default_factory=dict)
    opens: bool = False  #: keep who opened
    clicks: bool = False  #: keep who clicked what


@dataclass(frozen=True, slots=True)
class BounceSettings:
    """The mailbox that bounces come home to; `source` is as in the file, paths made absolute."""

    source: str = ""
    username: str = ""
    password: Secret | None = None
    done: str = ""
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`; the dark ones are authored, not inverted."""

    ink: str = "#1d1b18"
    paper: str = "#fffefb"
    accent: str = "#0b5a75"
    muted: str = "#5f5a52"
    rule: str = "#d9d4ca"
    dark_ink: str = "#ece7dd"
    dark_paper: str = "#1b1a18"
    dark_accent: str = "#7cc4de"
    dark_muted: str = "#a8a196"
    dark_rule: str = "#3d3a35"


@dataclass(frozen=True, slots=True)
class NewsletterSettings:
    """Who sends, as whom. `base_url` has no trailing slash."""

    name: str
    sender: Mailbox  #: `from` in the file
    base_url: str
    list_id: str
    reply_to: Mailbox | None = None
    postal_address: str = ""  #: no address, no live send
    locale: str = "en"
    template: str = "monitor"
    publisher: str = ""  #: for the copyright line; the newsletter's name when empty
    reason: str = ""  #: why you get this; the template has a sentence for when it is empty
    bounces: Address | None = None  #: envelope senders are made from it; else from `sender`
    unsubscribe_mailto: Address | None = None
    images: ImageMode = ImageMode.CID
    palette: Palette = Palette()
    timezone: str = ""  #: of the IANA database; empty is UTC, and times must name their zone
    timezone_field: str = "timezone"  #: the subscriber field that holds a reader's own
    #: locale → word (`reading.vocabulary.OWN_WORDS`) → what the site says for it
    strings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


#: The mail programs whose support is looked up when the site names none.
CLIENTS = ("gmail", "apple-mail", "outlook", "yahoo")


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What the site thinks of the checks.

    `severity` maps a code (`link/insecure`) or a family (`link`) to how bad it is here; None
    is off. `spelling` maps a wrong spelling to the house's own; `publications` are the names
    that citations use, spelt as the house does.
    """

    severity: Mapping[str, Severity | None] = field(default_factory=dict)
    clients: tuple[str, ...] = CLIENTS
    spelling: Mapping[str, str] = field(default_factory=dict)
    publications: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewSettings:
    """`editor` is the URL that opens a file: with `{path}`, `{line}` and `{column}` in it."""

    editor: str = "vscode://file{path}:{line}:{column}"


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """When a send asks once more: found so late, or to so many times as many as the last one."""

    late_s: int = 7_200
    growth: float = 1.5


@dataclass(frozen=True, slots=True)
class PublicSettings:
    """The readers' pages.

    `topics` maps a set field to the values that readers may choose from themselves; `labels`
    maps a locale to what such a value, or the field itself, is called in it. Pictures are paths
    below the site's folder.
    """

    logo: str = ""
    logo_dark: str = ""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    altcha: str = "off"  #: `off`, `suspicious` or `always`
    visitor_limit: int = 20  #: sign-ups an hour from one network address
    domain_limit: int = 200  #: sign-ups an hour of addresses of one domain
    count_clicks: bool = False  #: whether mailings count clicks when nothing else is said
    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """`send`: whether `newsletter send` leaves the delivering to `newsletter worker`."""

    send: bool = False


#: What others may be told of; the names are those of the messages.
OUTGOING = ("subscriber.subscribed", "subscriber.unsubscribed", "mailing.finished")


@dataclass(frozen=True, slots=True)
class OutgoingSettings:
    """Whom the site tells what happens: a URL (Standard Webhooks), a Python function, or both."""

    url: str = ""
    secret: Secret | None = None
    hook: str = ""  #: `module:function`, looked for in the site's folder first
    kinds: tuple[str, ...] = OUTGOING

    @property
    def channels(self) -> tuple[str, ...]:
        return (*(("url",) if self.url else ()), *(("hook",) if self.hook else ()))


@dataclass(frozen=True, slots=True)
class Settings:
    newsletter: NewsletterSettings
    provider: ProviderSettings
    database_url: str = field(repr=False)  #: may hold a password
    fields: Mapping[str, FieldType]
    segments: Mapping[str, SegmentRule]
    #: provider kind → the variable that its secret is read from, where that is not set
    unset: Mapping[str, str] = field(default_factory=dict)
    checks: CheckSettings = CheckSettings()
    personas: Mapping[str, Persona] = field(default_factory=lambda: PERSONAS)
    preview: PreviewSettings = PreviewSettings()
    guards: GuardSettings = GuardSettings()
    webhooks: WebhookSettings = WebhookSettings()
    bounces: BounceSettings = BounceSettings()
    public: PublicSettings = PublicSettings()
    sending: SendingSettings = field(default_factory=SendingSettings)
    workers: WorkerSettings = WorkerSettings()
    outgoing: OutgoingSettings = OutgoingSettings()
