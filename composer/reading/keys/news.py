"""What may be told the site later and by whom, and what the site tells others."""

from __future__ import annotations

from collections.abc import Mapping

from composer.model.settings import OUTGOING
from composer.reading.keys.forms import (
    LINE,
    NAME,
    SECONDS,
    SECRET,
    TRUTH,
    URL,
    Key,
    Table,
    listed,
    one_of,
    text,
)

BOUNCES: Table = ("bounces",)
WEBHOOKS: Table = ("webhooks",)
#: The table of each provider that calls us, by its name.
CALLERS: Mapping[str, Table] = {
    name: ("webhooks", name)
    for name in ("sendgrid", "ses", "postmark", "mailgun", "resend", "brevo")
}
OUTGOING_TABLE: Table = ("outgoing",)


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
