"""Every key that people write, once: what it may hold, what it means, and its default.

The readers, `newsletter schema` and the reference pages are made from these tables; each room has
those of one subject.
"""

from __future__ import annotations

from collections.abc import Mapping

from composer.reading.keys.checks import (
    CHECKS,
    CHECKS_KEYS,
    CHECKS_WORDS,
    PREVIEW,
    SEVERITY,
    SPELLING,
)
from composer.reading.keys.delivery import DATABASE, DELIVERY_KEYS, DKIM, PROVIDER, SENDGRID, SMTP
from composer.reading.keys.forms import Form, Key, Table, Words
from composer.reading.keys.front_matter import FRONT_MATTER, TRANSLATION
from composer.reading.keys.news import BOUNCES, CALLERS, NEWS, OUTGOING_TABLE, TOLD, WEBHOOKS
from composer.reading.keys.newsletter import (
    NEWSLETTER,
    NEWSLETTER_KEYS,
    NEWSLETTER_WORDS,
    STRINGS,
    THEME,
)
from composer.reading.keys.readers import (
    ALTCHA,
    FIELDS,
    LABELS,
    PERSONAS,
    PUBLIC,
    READERS_KEYS,
    READERS_WORDS,
    SEGMENTS,
    TOPICS,
)
from composer.reading.keys.sending import (
    BREAKER,
    DOMAIN_LIMITS,
    GUARDS,
    PROVIDER_LIMITS,
    SENDING,
    SENDING_KEYS,
    SENDING_WORDS,
    WARM_UP,
    WORKERS,
)

#: Keys of newsletter.toml by their table.
SITE: Mapping[Table, tuple[Key, ...]] = {
    **NEWSLETTER_KEYS,
    **DELIVERY_KEYS,
    **NEWS,
    **TOLD,
    **CHECKS_KEYS,
    **SENDING_KEYS,
    **READERS_KEYS,
}

#: Tables whose keys are the site's own words.
WORDS: Mapping[Table, Words] = {
    **READERS_WORDS,
    **SENDING_WORDS,
    **CHECKS_WORDS,
    **NEWSLETTER_WORDS,
}

__all__ = [
    "ALTCHA",
    "BOUNCES",
    "BREAKER",
    "CALLERS",
    "CHECKS",
    "DATABASE",
    "DKIM",
    "DOMAIN_LIMITS",
    "FIELDS",
    "FRONT_MATTER",
    "GUARDS",
    "LABELS",
    "NEWSLETTER",
    "OUTGOING_TABLE",
    "PERSONAS",
    "PREVIEW",
    "PROVIDER",
    "PROVIDER_LIMITS",
    "PUBLIC",
    "SEGMENTS",
    "SENDGRID",
    "SENDING",
    "SEVERITY",
    "SITE",
    "SMTP",
    "SPELLING",
    "STRINGS",
    "THEME",
    "TOPICS",
    "TRANSLATION",
    "WARM_UP",
    "WEBHOOKS",
    "WORDS",
    "WORKERS",
    "Form",
    "Key",
    "Table",
    "Words",
]
