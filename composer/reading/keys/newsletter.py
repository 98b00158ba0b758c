"""What the newsletter is called, how it looks, and what it says of itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from composer.model.settings import Palette
from composer.reading.keys.forms import (
    ADDRESS,
    COLOUR,
    LINE,
    LOCALE,
    MAILBOX,
    NAME,
    URL,
    ZONE,
    Key,
    Table,
    Words,
    one_of,
)
from composer.reading.page_vocabulary import PAGE_WORDS
from composer.reading.vocabulary import OWN_WORDS

NEWSLETTER: Table = ("newsletter",)
THEME: Table = ("theme",)
STRINGS: Table = ("strings",)

#: Keys of newsletter.toml by their table.
NEWSLETTER_KEYS: Mapping[Table, tuple[Key, ...]] = {
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
}


#: Tables whose keys are the site's own words.
NEWSLETTER_WORDS: Mapping[Table, Words] = {
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
