"""What readers told us on our own pages: that they want in, out, a pause, or something else.

People are named by `hash`, as in `subscribers`: what they said outlives an import.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table

from composer.storage.dialect import LONG_TEXT, NUMBER, WORDS
from composer.storage.tables import metadata

#: What waits to be confirmed by mail. `purpose` is `join`, or `move` to this address; then
#: `subscriber` is who moves. `mail` is where the confirmation mail stands, as a delivery's status
#: or `withheld`. `asked` and `expires` are epoch seconds. Once `done` is set, the address is gone.
signups = Table(
    "signups",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("purpose", WORDS, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("token", WORDS, nullable=False),
    Column("address", WORDS, nullable=False),
    Column("locale", WORDS, nullable=False),
    Column("choices", LONG_TEXT, nullable=False),  #: JSON: field → the text of its value
    Column("wording", WORDS, nullable=False),
    Column("source", WORDS, nullable=False),
    Column("subscriber", NUMBER, nullable=False),
    Column("asked", NUMBER, nullable=False),
    Column("expires", NUMBER, nullable=False),
    Column("mail", WORDS, nullable=False),
    Column("tries", NUMBER, nullable=False),
    Column("due", NUMBER, nullable=False),
    Column("done", NUMBER, nullable=False),
    Index("signups_by_hash", "hash", "purpose", unique=True),
    Index("signups_by_token", "token", unique=True),
    Index("signups_to_mail", "mail", "due"),
    sqlite_autoincrement=True,
)

#: The words that people agreed to, by their SHA-256.
wordings = Table(
    "wordings",
    metadata,
    Column("hash", WORDS, primary_key=True),
    Column("text", LONG_TEXT, nullable=False),
)

#: Every consent, and every time that one was taken back; never changed. `what` is `joined`,
#: `moved`, `left`, `stayed` (took back that they left) or `forgotten`; `how` is `form`,
#: `one-click`, `page` or `mailto`. `asked` is when they filled in the form, `time` when it counted.
consents = Table(
    "consents",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("what", WORDS, nullable=False),
    Column("how", WORDS, nullable=False),
    Column("asked", WORDS, nullable=False),
    Column("time", WORDS, nullable=False),
    Column("source", WORDS, nullable=False),
    Column("wording", WORDS, nullable=False),
    Column("locale", WORDS, nullable=False),
    Column("reason", LONG_TEXT, nullable=False),  #: in their own words, or one that we offered
    Index("consents_by_hash", "hash"),
    sqlite_autoincrement=True,
)

#: What a reader set themselves, by the name of the field or `locale`: an import leaves it alone.
choices = Table(
    "choices",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("field", WORDS, primary_key=True),
    Column("content", LONG_TEXT, nullable=False),
    Column("time", WORDS, nullable=False),
)

#: Who wants nothing before `until`: ISO 8601 in UTC with seconds.
reader_pauses = Table(
    "reader_pauses",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("until", WORDS, nullable=False),
)

#: Keyed hashes of tokens that were given out once: old letters can still be left by.
old_tokens = Table(
    "old_tokens",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
)

#: How often something was asked for in a stretch of time. `key` tells nobody what or by whom.
page_limits = Table(
    "page_limits",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("used", NUMBER, nullable=False),
    Column("expires", NUMBER, nullable=False),
    Index("page_limits_by_end", "expires"),
)
