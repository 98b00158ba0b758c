"""The table `[public]` of newsletter.toml: the readers' pages."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from composer.model.settings import FieldType, PublicSettings
from composer.reading import site_values as values
from composer.reading.keys import ALTCHA, LABELS, PUBLIC, TOPICS
from composer.reading.site_checks import names_of
from composer.reading.site_sheet import Sheet
from composer.reading.site_values import Wrong, shown
from composer.reading.suggest import near

#: What a logo may be: the type that it is served as, by the end of its name.
PICTURES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
}


def read_public(sheet: Sheet, folder: Path, fields: Mapping[str, FieldType]) -> PublicSettings:
    """What `[public]`, `[public.topics]` and `[public.labels.xx]` say."""
    plain = PublicSettings()

    def picture(value: object) -> str:
        text = values.line(value)
        path = PurePosixPath(text)
        if path.is_absolute() or ".." in path.parts:
            raise Wrong(f"{shown(text)} is outside the site's folder", "pages/logo.svg")
        if path.suffix.lower() not in PICTURES:
            raise Wrong(f"{shown(text)} is no picture that browsers show", ", ".join(PICTURES))
        if not (folder / path).is_file():
            raise Wrong(f"there is no file {shown(text)} in the site's folder")
        return text

    return PublicSettings(
        logo=sheet.take(PUBLIC, "logo", picture, ""),
        logo_dark=sheet.take(PUBLIC, "logo_dark", picture, ""),
        trusted_proxies=sheet.take(
            PUBLIC, "trusted_proxies", names_of(_network), plain.trusted_proxies
        ),
        altcha=sheet.take(PUBLIC, "altcha", values.one_of(*ALTCHA), plain.altcha),
        visitor_limit=sheet.take(
            PUBLIC, "visitor_limit", values.whole(1, 100_000), plain.visitor_limit
        ),
        domain_limit=sheet.take(
            PUBLIC, "domain_limit", values.whole(1, 1_000_000), plain.domain_limit
        ),
        count_clicks=sheet.take(PUBLIC, "count_clicks", values.truth, default=False),
        topics=_topics(sheet, fields),
        labels=_labels(sheet),
    )


def _network(value: object) -> str:
    text = values.line(value)
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Wrong(f"{shown(text)} is not a network address", "127.0.0.1 or 10.0.0.0/8") from None
    return text


def _topics(sheet: Sheet, fields: Mapping[str, FieldType]) -> dict[str, tuple[str, ...]]:
    topics: dict[str, tuple[str, ...]] = {}
    read = names_of(_item)
    for name, given in sheet.table(*TOPICS).items():
        place = sheet.found(*TOPICS, name)
        if fields.get(name) is not FieldType.SET:
            sets = sorted(field for field, kind in fields.items() if kind is FieldType.SET)
            hint = near(name, sets) if sets else f'{name} = "set" in [subscribers.fields]'
            sheet.report("value", f"{name!r} is not a set field of subscribers", hint, place.key)
            continue
        try:
            topics[name] = tuple(dict.fromkeys(read(given)))
        except Wrong as wrong:
            sheet.report("value", f"{name}: {wrong.problem}", wrong.hint, place.value)
    return topics


def _item(value: object) -> str:
    text = values.line(value)
    if ";" in text or len(text) > 200:
        raise Wrong(f"{shown(text)} cannot be one of a set", "at most 200 characters without ;")
    return text


def _labels(sheet: Sheet) -> dict[str, dict[str, str]]:
    labels: dict[str, dict[str, str]] = {}
    for tag in sheet.table(*LABELS):
        try:
            locale = values.locale(tag)
        except Wrong as wrong:
            place = sheet.found(*LABELS, tag).key
            sheet.report("value", wrong.problem, "write [public.labels.de]", place)
            continue
        for name, text in sheet.table(*LABELS, tag).items():
            try:
                labels.setdefault(locale, {})[name] = values.line(text)
            except Wrong as wrong:
                place = sheet.found(*LABELS, tag, name).value
                sheet.report("value", f"{name}: {wrong.problem}", wrong.hint, place)
    return labels
