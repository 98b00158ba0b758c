"""Languages: which of those that an issue has a reader gets.

A locale is a tag of BCP 47 with at most language, script and region: `de`, `de-AT`, `zh-Hant`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache


def wider(locale: str) -> Iterator[str]:
    """`locale` and what contains it, the nearest first: `de-AT`, `de` (RFC 4647, section 3.4)."""
    while locale:
        yield locale
        locale = locale.rpartition("-")[0]


@lru_cache(maxsize=4096)  # a list of a million readers has a few dozen locales
def nearest(wanted: str, known: tuple[str, ...]) -> str:
    """The one of `known` that a reader of `wanted` understands; `""` when there is none."""
    by_name = {locale.lower(): locale for locale in known}
    tags = wider(wanted.strip().replace("_", "-").lower())
    return next((by_name[tag] for tag in tags if tag in by_name), "")
