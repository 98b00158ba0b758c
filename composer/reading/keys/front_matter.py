"""What stands above an issue."""

from __future__ import annotations

from composer.reading.keys.forms import LINE, LOCALE, NAME, NAMES, VARIANTS, Key, one_of, text

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
        "who may read it on the web: `public`, `members` (by the link in each reader's letter) or "
        "`never`",
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
