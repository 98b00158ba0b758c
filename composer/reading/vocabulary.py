"""What an issue may refer to beyond itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: What `{{ issue.X }}` and `{{ newsletter.X }}` may name.
ISSUE_NAMES = ("title", "number", "date", "id")
NEWSLETTER_NAMES = ("name", "postal_address", "base_url", "publisher")

#: What the newsletter itself says, and the `{…}` that each may hold; `[strings.xx]` may say it
#: anew.
OWN_WORDS: Mapping[str, frozenset[str]] = {
    "number": frozenset(),
    "contents": frozenset(),
    "categories": frozenset(),
    "editors_note": frozenset(),
    "image": frozenset(),
    "web_version": frozenset(),
    "preferences": frozenset(),
    "unsubscribe": frozenset(),
    "authors": frozenset(),
    "years": frozenset(),
    "search": frozenset(),
    "why": frozenset({"newsletter"}),
}

EVERYONE = "everyone"  #: the segment that every site has


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The site's names.

    `fields` are the subscriber fields that the site knows, declared or seen in its list; None
    lets anything pass. `segments` are the names of its segments, without `everyone`.
    `locale` is the language of an issue that names none. `templates` are the letters that an
    issue may ask for; None lets anything pass.
    """

    fields: frozenset[str] | None
    segments: frozenset[str]
    locale: str = "en"
    templates: frozenset[str] | None = None
