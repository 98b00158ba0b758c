"""Every key that people write, once: what it may hold, what it means, and its default.

The readers, `newsletter schema` and the reference pages are made from these tables.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from composer.model.settings import CLIENTS, OUTGOING, Palette, PreviewSettings
from composer.reading.page_vocabulary import PAGE_WORDS
from composer.reading.vocabulary import OWN_WORDS

Table = tuple[str, ...]
Form = Mapping[str, object]  #: JSON Schema, draft 7


@dataclass(frozen=True, slots=True)
class Key:
    """`default` is as a person would write it; `required` and `none` speak for themselves."""

    name: str
    form: Form
    means: str
    default: str = "none"


@dataclass(frozen=True, slots=True)
class Words:
    """A table whose keys the site chooses itself: what they look like, and their values."""

    names: str  #: a regular expression
    form: Form
    means: str


def text(**more: object) -> Form:
    return {"type": "string", **more}


def whole(low: int, high: int) -> Form:
    return {"type": "integer", "minimum": low, "maximum": high}


def one_of(*choices: str) -> Form:
    return {"enum": list(choices)}


def listed(form: Form) -> Form:
    return {"type": "array", "items": form}


TEXT, LINE = text(), text(pattern=r"^[^\r\n]*$")
ADDRESS = text(pattern=r"^[^\s<>,;\"]+@[^\s<>,;\"]+$")
MAILBOX = text(pattern="@")
URL = text(pattern="^https?://")
LOCALE = text(pattern="^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")
NAME = text(pattern="^[A-Za-z0-9_-]+$")
COLOUR = text(pattern="^#[0-9A-Fa-f]{6}$")
TRUTH: Form = {"type": "boolean"}
ZONE = text(pattern="^[A-Z][A-Za-z0-9_+/-]*$")
SPAN = text(pattern=r"^[1-9]\d{0,3}\s*[smhdSMHD]$")
PERCENT = text(pattern=r"^([1-9]\d?|100)\s*%$")
RATES: Form = {
    "oneOf": [text(pattern=r"^[1-9]\d*\s*/\s*[a-z]+$"), listed(text(pattern="/"))],
}
SECONDS: Form = {"type": "number", "exclusiveMinimum": 0}
SECRET: Form = {
    "type": "object",
    "properties": {"env": text(pattern="^[A-Z_][A-Z0-9_]*$")},
    "required": ["env"],
    "additionalProperties": False,
}

KEY: Form = {
    "oneOf": [
        SECRET,
        {
            "type": "object",
            "properties": {"file": text(minLength=1)},
            "required": ["file"],
            "additionalProperties": False,
        },
    ]
}
SELECTOR = text(pattern="^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$")

#: When a puzzle is asked of who signs up.
ALTCHA = ("off", "suspicious", "always")

NEWSLETTER: Table = ("newsletter",)
PROVIDER: Table = ("provider",)
SMTP: Table = ("provider", "smtp")
SENDGRID: Table = ("provider", "sendgrid")
DKIM: Table = ("dkim",)
DATABASE: Table = ("database",)
BOUNCES: Table = ("bounces",)
WEBHOOKS: Table = ("webhooks",)
#: The table of each provider that calls us, by its name.
CALLERS: Mapping[str, Table] = {
    name: ("webhooks", name)
    for name in ("sendgrid", "ses", "postmark", "mailgun", "resend", "brevo")
}
THEME: Table = ("theme",)
CHECKS: Table = ("checks",)
PREVIEW: Table = ("preview",)
GUARDS: Table = ("guards",)
PUBLIC: Table = ("public",)
TOPICS: Table = ("public", "topics")
LABELS: Table = ("public", "labels")
SENDING: Table = ("sending",)
BREAKER: Table = ("breaker",)
WARM_UP: Table = ("limits", "warm_up")
PROVIDER_LIMITS: Table = ("limits", "providers")
DOMAIN_LIMITS: Table = ("limits", "domains")
WORKERS: Table = ("workers",)
SEVERITY: Table = ("checks", "severity")
SPELLING: Table = ("checks", "spelling")
FIELDS: Table = ("subscribers", "fields")
SEGMENTS: Table = ("segments",)
PERSONAS: Table = ("personas",)
STRINGS: Table = ("strings",)


def _age(default: str) -> Key:
    return Key("max_age_s", SECONDS, "seconds after which a call is refused as too old", default)


_USERNAME = Key("username", LINE, "the name in the webhook's address", "required")
_PASSWORD = Key(
    "password", SECRET, "the password in the webhook's address, from a variable", "required"
)
#: What may be told us later, and by whom.
NEWS: Mapping[Table, tuple[Key, ...]] = {
    WEBHOOKS: (
        Key("opens", TRUTH, "keep who opened, where the provider tracks it", "`false`"),
        Key("clicks", TRUTH, "keep who clicked what, where the provider tracks it", "`false`"),
    ),
    CALLERS["sendgrid"]: (
        Key("key", SECRET, "the verification key of the signed event webhook", "required"),
        _age("`90000`"),
    ),
    CALLERS["ses"]: (
        Key(
            "topics",
            listed(text(pattern=r"^arn:aws(-[a-z-]+)?:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$")),
            "the ARNs of the SNS topics that may tell us something; of others nothing is taken",
            "required",
        ),
        _age("`90000`"),
    ),
    CALLERS["postmark"]: (_USERNAME, _PASSWORD),
    CALLERS["mailgun"]: (
        Key("key", SECRET, "the HTTP webhook signing key", "required"),
        _age("`36000`"),
    ),
    CALLERS["resend"]: (
        Key("key", SECRET, "the signing secret, `whsec_…`", "required"),
        _age("`300`"),
    ),
    CALLERS["brevo"]: (_USERNAME, _PASSWORD),
    BOUNCES: (
        Key(
            "source",
            text(pattern=r"^(maildir:|mbox:|imaps?://|pop3s?://)."),
            "the mailbox that bounces come home to: `maildir:PATH`, `mbox:PATH`, "
            "`imaps://HOST/FOLDER`, `pop3s://HOST`; without encryption on this machine only",
        ),
        Key("username", LINE, "who logs in to IMAP or POP3"),
        Key("password", SECRET, '`{ env = "BOUNCES_PASSWORD" }`'),
        Key(
            "done",
            NAME,
            "the IMAP folder that messages are moved to when they were read; without it they are "
            "marked as seen",
        ),
        Key("timeout_s", SECONDS, "seconds to wait for the mail server", "`30`"),
    ),
}

OUTGOING_TABLE: Table = ("outgoing",)

#: What the site tells others, and how.
TOLD: Mapping[Table, tuple[Key, ...]] = {
    OUTGOING_TABLE: (
        Key(
            "url", URL, "is told by HTTP POST, signed (Standard Webhooks); `https` beyond loopback"
        ),
        Key("secret", SECRET, "signs what is sent to `url`: `whsec_` and base64", "required"),
        Key(
            "hook",
            text(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"),
            "a Python function, `module:function`, called with the message; the module is looked "
            "for in the site's folder first",
        ),
        Key(
            "kinds",
            listed(one_of(*OUTGOING)),
            "what is told",
            ", ".join(f"`{kind}`" for kind in OUTGOING),
        ),
    ),
}

#: Keys of newsletter.toml by their table.
SITE: Mapping[Table, tuple[Key, ...]] = {
    NEWSLETTER: (
        Key("name", LINE, "the newsletter's name, in the masthead and in `List-ID`", "required"),
        Key("from", MAILBOX, "`Name <address>`: the sender of every message", "required"),
        Key(
            "base_url",
            URL,
            "where unsubscribe links and the web version live; `https`, but for the local machine",
            "required",
        ),
        Key("reply_to", MAILBOX, "where answers go"),
        Key(
            "postal_address",
            LINE,
            "shown in every message; without it nothing is sent to real people",
        ),
        Key("list_id", LINE, "the stable name of the list (RFC 2919)", "from name and sender"),
        Key("locale", LOCALE, "the language of issues that name none", "`en`"),
        Key("template", NAME, "a template in `email_templates/`, or a built-in one", "`monitor`"),
        Key(
            "timezone",
            ZONE,
            "`Europe/Berlin`: where times without a zone are meant, and readers without one live",
            "`UTC`",
        ),
        Key(
            "timezone_field",
            NAME,
            'the field of subscribers that holds their time zone, for `--at "… local"`',
            "`timezone`",
        ),
        Key("publisher", LINE, "for the copyright line", "the name"),
        Key("reason", LINE, "why readers get this", "a sentence of the template"),
        Key(
            "bounces",
            ADDRESS,
            "bounces go to `local+DELIVERY@domain` made of it; its server must deliver addresses "
            "with `+`",
            "the sender's address",
        ),
        Key("unsubscribe_mailto", ADDRESS, "a second, mailto entry in `List-Unsubscribe`"),
        Key(
            "images",
            one_of("cid", "url"),
            "`cid`: pictures travel in the message; `url`: they are linked below `base_url`, "
            "where you publish them",
            "`cid`",
        ),
    ),
    THEME: tuple(
        Key(f.name, COLOUR, "a colour, `#rrggbb`", f"`{f.default}`")
        for f in dataclasses.fields(Palette)
    ),
    PROVIDER: (
        Key(
            "kind",
            one_of("outbox", "smtp", "sendgrid"),
            "`outbox`, `smtp` or `sendgrid`; `--provider` overrides it",
            "`outbox`",
        ),
        Key(
            "fallback",
            listed(one_of("smtp", "sendgrid")),
            "what takes over, in this order, while `kind` cannot be reached; never what `kind` may "
            "have taken",
        ),
    ),
    SMTP: (
        Key("host", TEXT, "the mail server", "`127.0.0.1`"),
        Key("port", whole(1, 65535), "its port", "`587`"),
        Key(
            "security",
            one_of("starttls", "tls", "none"),
            "`starttls`, `tls` (from the first byte) or `none` (this machine only)",
            "`starttls`",
        ),
        Key("insecure", TRUTH, "allows `none` beyond this machine", "`false`"),
        Key("username", LINE, "who logs in"),
        Key(
            "password",
            SECRET,
            '`{ env = "SMTP_PASSWORD" }`; in the file itself it is an error',
        ),
        Key("connections", whole(1, 64), "how many at once", "`4`"),
        Key(
            "timeout_s",
            SECONDS,
            "seconds to wait for an answer; after a whole message it is ten minutes, as RFC 5321 "
            "asks",
            "`30`",
        ),
    ),
    SENDGRID: (
        Key("api_key", SECRET, '`{ env = "SENDGRID_API_KEY" }`', "required"),
        Key("host", URL, "or `https://api.eu.sendgrid.com`", "`https://api.sendgrid.com`"),
        Key("connections", whole(1, 64), "calls at once", "`4`"),
        Key("timeout_s", SECONDS, "seconds to wait for an answer", "`30`"),
    ),
    DKIM: (
        Key(
            "domain",
            text(pattern=r"^[A-Za-z0-9.-]+$"),
            "who signs: the sender's domain, or one above it",
            "the sender's domain",
        ),
        Key("selector", SELECTOR, "the key's name in the DNS, `SELECTOR._domainkey.DOMAIN`"),
        Key(
            "key",
            KEY,
            '`{ file = "keys/2026a.pem" }`, which only you may read, or `{ env = "DKIM_KEY" }`; '
            "in the file itself it is an error",
        ),
        Key("second_selector", SELECTOR, "the name of a second key"),
        Key("second_key", KEY, "a second signature, of the other kind: Ed25519 beside RSA"),
    ),
    DATABASE: (
        Key(
            "url",
            TEXT,
            "a file, relative to the site's folder; or `postgresql+psycopg://user@host/database`",
            "`sqlite:///.newsletter/newsletter.db`",
        ),
    ),
    **NEWS,
    **TOLD,
    CHECKS: (
        Key(
            "clients",
            listed(text(pattern=r"^[a-z0-9.-]+$")),
            "the mail programs whose support of HTML and CSS is looked up",
            ", ".join(f"`{name}`" for name in CLIENTS),
        ),
        Key(
            "publications",
            listed(LINE),
            "names as the house spells them; two of these stay two",
        ),
    ),
    WORKERS: (
        Key(
            "send",
            TRUTH,
            "whether `send` leaves the delivering to `newsletter worker`; `--queue` and "
            "`--no-queue` override it; needs a database on PostgreSQL",
            "`false`",
        ),
    ),
    SENDING: (
        Key(
            "retry_for",
            SPAN,
            "what is put off is tried again so long, from the mailing's beginning; then it waits "
            "for `newsletter resume --now`",
            "`24h`",
        ),
        Key(
            "wait",
            SPAN,
            "a run waits for what is due within this time; `--wait` overrides it",
            "`1h`",
        ),
        Key(
            "processes",
            whole(1, 64),
            "how many processes of this machine deliver one mailing together; `--processes` "
            "overrides it",
            "`1`",
        ),
    ),
    WARM_UP: (
        Key(
            "provider",
            one_of("smtp", "sendgrid"),
            "the provider whose sending address is new; without it, nothing is warmed up",
        ),
        Key("first_day", whole(1, 1_000_000), "messages on the first day", "`200`"),
        Key(
            "growth",
            {"type": "number", "minimum": 1, "maximum": 10},
            "so many times as many on each day that follows",
            "`1.5`",
        ),
        Key(
            "full",
            whole(1, 100_000_000),
            "once a day would allow so many, nothing is limited any more",
            "`50000`",
        ),
    ),
    BREAKER: (
        Key(
            "policy",
            PERCENT,
            "of a receiving domain's answers within ten minutes, refused for reasons of policy: "
            "then it is left alone for a while",
            "`5%`",
        ),
        Key("pause", SPAN, "how long, at first; twice as long each time after", "`30m`"),
        Key(
            "refused",
            PERCENT,
            "of all answers within ten minutes, refused for good: then the mailing is paused",
            "`20%`",
        ),
        Key(
            "unanswered",
            PERCENT,
            "of all messages within ten minutes, never answered: then the mailing is paused",
            "`10%`",
        ),
    ),
    GUARDS: (
        Key(
            "late",
            SPAN,
            "a scheduled mailing that is found so long after its time asks before it goes",
            "`2h`",
        ),
        Key(
            "growth",
            {"type": "number", "minimum": 1},
            "an audience that is so many times as large as the segment's last one asks once more",
            "`1.5`",
        ),
    ),
    PREVIEW: (
        Key(
            "editor",
            text(pattern=r"^[a-z][a-z0-9+.-]*:.*\{path\}"),
            "the URL that opens a file in your editor: `{path}` begins with a slash; `{line}` and "
            "`{column}` may follow",
            f"`{PreviewSettings().editor}`",
        ),
    ),
    PUBLIC: (
        Key("logo", LINE, "a picture in the site's folder, at the top of every page"),
        Key("logo_dark", LINE, "its twin for dark pages", "the logo"),
        Key(
            "trusted_proxies",
            listed(LINE),
            "the addresses or networks of web servers whose `X-Forwarded-For` is believed",
            "`127.0.0.1`, `::1`",
        ),
        Key(
            "altcha",
            one_of(*ALTCHA),
            "a puzzle for the browser of who signs up: never, of who seems to be a robot, always",
            "`off`",
        ),
        Key("visitor_limit", whole(1, 100_000), "sign-ups an hour from one address", "`20`"),
        Key("domain_limit", whole(1, 1_000_000), "sign-ups an hour to one domain", "`200`"),
        Key(
            "count_clicks",
            TRUTH,
            "count which reader follows which link, through these pages; `send --count-clicks` "
            "decides it for one mailing",
            "`false`",
        ),
    ),
}

#: Tables whose keys are the site's own words.
WORDS: Mapping[Table, Words] = {
    TOPICS: Words(
        "^[a-z][a-z0-9_]{0,63}$",
        listed(text(pattern="^[^;\\r\\n]+$")),
        "a set field, and what readers may choose of it themselves",
    ),
    LABELS: Words(
        "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,4})*$",
        {"type": "object", "additionalProperties": LINE},
        "a language, and what topics are called in it",
    ),
    PROVIDER_LIMITS: Words(
        "^(smtp|sendgrid|outbox)$",
        RATES,
        'a provider, and how many messages it takes in any window of that length: `"10000/h"`, or '
        "several limits in a list",
    ),
    DOMAIN_LIMITS: Words(
        r"^[a-z0-9.-]+( [a-z0-9.-]+)*$",
        RATES,
        "a receiving domain, or several that share a limit, and how many messages go to them",
    ),
    FIELDS: Words(
        "^[a-z][a-z0-9_]{0,63}$",
        one_of("text", "number", "date", "boolean", "set"),
        "a field of subscribers and its type",
    ),
    SEGMENTS: Words("^[a-z0-9][a-z0-9_-]{0,63}$", TEXT, "a segment and its rule"),
    SEVERITY: Words(
        "^[a-z0-9-]+(/[a-z0-9-]+)?$",
        one_of("error", "warning", "off"),
        "a check, or a family of checks, and how bad it is here",
    ),
    SPELLING: Words(".", LINE, "a wrong spelling and the house's own"),
    PERSONAS: Words(
        "^[a-z0-9][a-z0-9_-]{0,63}$",
        {
            "type": "object",
            "properties": {"address": ADDRESS, "locale": LOCALE, "variant": NAME},
            "additionalProperties": True,
        },
        "a sample reader: their fields, and perhaps address, locale and variant",
    ),
    STRINGS: Words(
        "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,4})*$",
        {
            "type": "object",
            "properties": dict.fromkeys([*OWN_WORDS, *PAGE_WORDS], LINE),
            "additionalProperties": False,
        },
        "a language, and what the newsletter itself says in it",
    ),
}

NAMES = listed(LINE)
VARIANTS: Form = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-z][a-z0-9-]{0,19}$"},
    "additionalProperties": LINE,
    "minProperties": 2,
}

#: Keys of an issue's front matter.
FRONT_MATTER: tuple[Key, ...] = (
    Key("title", LINE, "the issue's name", "required"),
    Key("date", text(pattern=r"^\d{4}-\d{2}-\d{2}$"), "the day it appears", "required"),
    Key("schema", {"const": 1}, "the version of this format", "`1`"),
    Key("number", {"type": ["integer", "number", "string"]}, "the issue's number, as written"),
    Key("authors", NAMES, "who wrote it, in their order"),
    Key("categories", NAMES, "what it is about"),
    Key(
        "subject",
        {"oneOf": [LINE, VARIANTS]},
        "the mail's subject, or `{a: …, b: …}` for A/B variants",
        "the title",
    ),
    Key(
        "preheader",
        {"oneOf": [LINE, VARIANTS]},
        "the line an inbox shows after the subject, or one for each A/B variant",
    ),
    Key("locale", LOCALE, "its language: `en`, `de`, `pt-BR`", "the site's"),
    Key("template", NAME, "`monitor`, `digest`, `letter`, or one of the site", "the site's"),
    Key("segments", NAMES, "for whom it is meant; checked for its form"),
    Key(
        "archive",
        one_of("public", "members", "never"),
        "who may read it on the web; only `public` issues are in the archive",
        "`public`",
    ),
    Key(
        "ab_test",
        {
            "type": "object",
            "properties": {
                "sample": text(pattern=r"^[1-9]\d?%$"),
                "wait": text(pattern=r"^[1-9]\d{0,3}[mhd]$"),
                "metric": one_of("clicks", "replies"),
            },
            "additionalProperties": False,
        },
        "how the variants are tried before the rest gets the best; see below",
    ),
)

#: Those of a translation, none of which it must have.
TRANSLATION: tuple[Key, ...] = tuple(
    key for key in FRONT_MATTER if key.name not in {"template", "segments", "archive", "ab_test"}
)
