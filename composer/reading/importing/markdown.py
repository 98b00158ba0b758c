"""A Markdown issue of another tool: its front matter in our keys, its text without HTML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime

from composer.reading.importing.dates import leading_date, names
from composer.reading.importing.imported import Draft
from composer.reading.importing.marked_text import marked_text
from composer.reading.site_values import Wrong, locale

_YAML = re.compile(r"\A---[ ]*\n(.*?)^(?:---|\.\.\.)[ ]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\A\+\+\+[ ]*\n(.*?)^\+\+\+[ ]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)

#: The keys of other tools, and ours.
KEYS = {
    "title": "title",
    "headline": "title",
    "name": "title",
    "subject": "subject",
    "date": "date",
    "publish_date": "date",
    "published": "date",
    "published_at": "date",
    "pubdate": "date",
    "send_at": "date",
    "sent_at": "date",
    "number": "number",
    "issue": "number",
    "author": "authors",
    "authors": "authors",
    "by": "authors",
    "categories": "categories",
    "category": "categories",
    "tags": "categories",
    "topics": "categories",
    "preheader": "preheader",
    "preview": "preheader",
    "preview_text": "preheader",
    "description": "preheader",
    "summary": "preheader",
    "excerpt": "preheader",
    "locale": "locale",
    "lang": "locale",
    "language": "locale",
    "slug": "slug",
}


def read_markdown(text: str, *, today: date) -> Draft:
    """Turn clean Markdown, with front matter or without, into a draft; see `escape.clean`."""
    draft = Draft(today)
    front, body_at = _front(text)
    for key, value in front.items():
        line = _line_of(text, key)
        ours = KEYS.get(key.lower().replace("-", "_"), "")
        if key != "schema" and not _take(draft, ours, value):
            draft.leave(line, f"{key}: {value}", "an issue has no such key")
    marked_text(draft, text[body_at:], first_line=text.count("\n", 0, body_at) + 1)
    if not draft.title:
        draft.title = draft.subject
    if draft.subject == draft.title:
        draft.subject = ""
    return draft


def _front(text: str) -> tuple[Mapping[str, object], int]:
    """The front matter, and where the text starts; what cannot be read stays text."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - 40 ms, and only for Markdown
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - as above

    loads: list[tuple[re.Pattern[str], Callable[[str], object]]] = [
        (_YAML, YAML(typ="safe", pure=True).load),
        (_TOML, tomllib.loads),
    ]
    for form, load in loads:
        if match := form.match(text):
            try:
                values = load(match[1])
            except (YAMLError, ValueError, RecursionError):
                return {}, 0
            if isinstance(values, dict) or values is None:
                return {str(k): v for k, v in (values or {}).items()}, match.end()
    return {}, 0


def _line_of(text: str, key: str) -> int:
    found = re.search(rf"^\s*[\"']?{re.escape(key)}[\"']?\s*[:=]", text, re.MULTILINE)
    return text.count("\n", 0, found.start() + 1) + 1 if found else 1


def _take(draft: Draft, key: str, value: object) -> bool:
    """Put a value into the draft; whether it fitted."""
    if value is None or value in ("", [], {}):
        return bool(key)
    match key:
        case "date":
            return _take_date(draft, value)
        case "authors" | "categories":
            return _take_list(draft, key, value)
        case "locale":
            return _take_locale(draft, value)
        case "title" | "subject" | "number" | "preheader" | "slug":
            return _take_text(draft, key, value)
        case _:
            return False


def _take_text(draft: Draft, key: str, value: object) -> bool:
    fits = isinstance(value, str | int | float) and not getattr(draft, key)
    if fits:
        setattr(draft, key, " ".join(str(value).split()))
    return fits


def _take_locale(draft: Draft, value: object) -> bool:
    try:
        draft.locale = locale(value)
    except Wrong:
        return False
    return True


def _take_date(draft: Draft, value: object) -> bool:
    if draft.date is not None:
        return False
    if isinstance(value, datetime):
        draft.date = value.date()
    elif isinstance(value, date):
        draft.date = value
    elif found := leading_date(str(value).strip()):
        draft.date = found[0]
    return draft.date is not None


def _take_list(draft: Draft, key: str, value: object) -> bool:
    if isinstance(value, str):
        items = names(value)[0] if key == "authors" else re.split(r"\s*[,;]\s*", value)
    elif isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        items = [str(item) for item in value]
    else:
        return False
    held = draft.authors if key == "authors" else draft.categories
    held += [text for item in items if (text := " ".join(item.split())) and text not in held]
    return True
