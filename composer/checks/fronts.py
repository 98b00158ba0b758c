"""What the issues of a site say of themselves, to compare one with the others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from composer.reading.source import text_of


@dataclass(frozen=True, slots=True)
class Front:
    """What the other issues of the site say of themselves; `""` and None where they do not."""

    path: Path
    number: str
    subject: str
    day: date | None


_FRONT = re.compile(r"^(number|subject|date)[ \t]*:[ \t]*(.*?)[ \t]*$", re.MULTILINE)


def fronts_of(paths: Iterable[Path]) -> tuple[Front, ...]:
    """Of the issues in these files; one that cannot be read is left out."""
    fronts = []
    for path in paths:
        with suppress(OSError):
            fronts.append(front_of(path, text_of(path)))
    return tuple(fronts)


def front_of(path: Path, text: str) -> Front:
    """Of an issue's text, without reading it as an issue: it may have mistakes."""
    head = text[4 : text.find("\n---", 4)] if text.startswith("---\n") else ""
    keys = {found[1]: found[2].strip("\"'") for found in _FRONT.finditer(head)}
    try:
        day = date.fromisoformat(keys.get("date", ""))
    except ValueError:
        day = None
    return Front(path, keys.get("number", ""), keys.get("subject", ""), day)
