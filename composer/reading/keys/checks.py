"""What is checked, how bad it is, and how it is shown while it is written."""

from __future__ import annotations

from collections.abc import Mapping

from composer.model.settings import CLIENTS, PreviewSettings
from composer.reading.keys.forms import LINE, Key, Table, Words, listed, one_of, text

CHECKS: Table = ("checks",)
PREVIEW: Table = ("preview",)
SEVERITY: Table = ("checks", "severity")
SPELLING: Table = ("checks", "spelling")

#: Keys of newsletter.toml by their table.
CHECKS_KEYS: Mapping[Table, tuple[Key, ...]] = {
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
    PREVIEW: (
        Key(
            "editor",
            text(pattern=r"^[a-z][a-z0-9+.-]*:.*\{path\}"),
            "the URL that opens a file in your editor: `{path}` begins with a slash; `{line}` and "
            "`{column}` may follow",
            f"`{PreviewSettings().editor}`",
        ),
    ),
}


#: Tables whose keys are the site's own words.
CHECKS_WORDS: Mapping[Table, Words] = {
    SEVERITY: Words(
        "^[a-z0-9-]+(/[a-z0-9-]+)?$",
        one_of("error", "warning", "off"),
        "a check, or a family of checks, and how bad it is here",
    ),
    SPELLING: Words(".", LINE, "a wrong spelling and the house's own"),
}
