"""Who takes the messages, and where the site keeps its books."""

from __future__ import annotations

from collections.abc import Mapping

from composer.reading.keys.forms import (
    KEY,
    LINE,
    SECONDS,
    SECRET,
    SELECTOR,
    SPAN,
    TEXT,
    TRUTH,
    URL,
    Key,
    Table,
    listed,
    one_of,
    text,
    whole,
)

PROVIDER: Table = ("provider",)
SMTP: Table = ("provider", "smtp")
SENDGRID: Table = ("provider", "sendgrid")
DKIM: Table = ("dkim",)
DATABASE: Table = ("database",)

#: Keys of newsletter.toml by their table.
DELIVERY_KEYS: Mapping[Table, tuple[Key, ...]] = {
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
        Key(
            "idempotency_header",
            text(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$"),
            "a header by which this server takes a repeated message once, such as "
            "`Resend-Idempotency-Key`; then what was never answered is sent again by itself",
        ),
        Key("idempotency", SPAN, "for how long it knows a repeated key", "`24h`"),
        Key(
            "delivery_header",
            text(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$"),
            "a header with the delivery's id, for a server that writes a Message-ID of its own and "
            "tells of messages by this; Postmark's servers get `X-PM-Metadata-delivery` by "
            "themselves",
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
}
