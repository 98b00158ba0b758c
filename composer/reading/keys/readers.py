"""Who reads the newsletter, and what they may do on its pages."""

from __future__ import annotations

from collections.abc import Mapping

from composer.reading.keys.forms import (
    ADDRESS,
    LINE,
    LOCALE,
    NAME,
    TEXT,
    TRUTH,
    Key,
    Table,
    Words,
    listed,
    one_of,
    text,
    whole,
)

PUBLIC: Table = ("public",)
TOPICS: Table = ("public", "topics")
LABELS: Table = ("public", "labels")
FIELDS: Table = ("subscribers", "fields")
SEGMENTS: Table = ("segments",)
PERSONAS: Table = ("personas",)

#: When a puzzle is asked of who signs up.
ALTCHA = ("off", "suspicious", "always")

#: Keys of newsletter.toml by their table.
READERS_KEYS: Mapping[Table, tuple[Key, ...]] = {
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
READERS_WORDS: Mapping[Table, Words] = {
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
    FIELDS: Words(
        "^[a-z][a-z0-9_]{0,63}$",
        one_of("text", "number", "date", "boolean", "set"),
        "a field of subscribers and its type",
    ),
    SEGMENTS: Words("^[a-z0-9][a-z0-9_-]{0,63}$", TEXT, "a segment and its rule"),
    PERSONAS: Words(
        "^[a-z0-9][a-z0-9_-]{0,63}$",
        {
            "type": "object",
            "properties": {"address": ADDRESS, "locale": LOCALE, "variant": NAME},
            "additionalProperties": True,
        },
        "a sample reader: their fields, and perhaps address, locale and variant",
    ),
}
