"""`newsletter.toml` → `Settings`: every value checked, every mistake told at once."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from composer.errors import ConfigError, Place
from composer.model.settings import (
    FieldType,
    ImageMode,
    NewsletterSettings,
    Palette,
    PreviewSettings,
    ProviderSettings,
    SegmentRule,
    Settings,
)
from composer.reading import site_urls
from composer.reading import site_values as values
from composer.reading.keys import (
    BOUNCES,
    CALLERS,
    DATABASE,
    DKIM,
    FIELDS,
    NEWSLETTER,
    OUTGOING_TABLE,
    PREVIEW,
    PROVIDER,
    SEGMENTS,
    SENDGRID,
    SITE,
    SMTP,
    THEME,
    WORDS,
    Table,
)
from composer.reading.site_checks import read_checks
from composer.reading.site_dkim import read_dkim
from composer.reading.site_guards import read_guards
from composer.reading.site_outgoing import read_outgoing
from composer.reading.site_personas import read_personas
from composer.reading.site_provider import read_sendgrid, read_smtp
from composer.reading.site_public import read_public
from composer.reading.site_sending import read_fallback, read_sending
from composer.reading.site_sheet import PREFIX, Sheet, open_sheet, variable_for
from composer.reading.site_strings import read_strings
from composer.reading.site_values import Wrong, one_of
from composer.reading.site_webhooks import read_news
from composer.reading.site_workers import read_workers

SITE_FILE = "newsletter.toml"

#: Every key that a site file may have, by its table.
KEYS: Mapping[Table, tuple[str, ...]] = {
    table: tuple(key.name for key in keys) for table, keys in SITE.items()
}
KINDS = ("outbox", "smtp", "sendgrid")
DEFAULT_DATABASE_URL = "sqlite:///.newsletter/newsletter.db"

#: Names that every subscriber has, or that pages and messages use.
RESERVED_FIELDS = frozenset(
    {"address", "email", "status", "locale", "consent_source", "consent_time", "id", "token"}
)
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SEGMENT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_TYPE_WORDS = {
    "string": "text",
    "str": "text",
    "int": "number",
    "integer": "number",
    "float": "number",
    "bool": "boolean",
    "list": "set",
    "tags": "set",
    "datetime": "date",
}


def find_site(start: Path) -> Path:
    """The folder of the site that `start` is in: itself or the nearest parent.

    The search ends at the root of a git repository, or of the file system. What is called so
    and is no file is the site's all the same: another one above is never taken instead.

    Raises:
        ConfigError: there is no `newsletter.toml`.
    """
    if os.path.lexists(start / SITE_FILE):
        return start
    for folder in (start.resolve(), *start.resolve().parents):
        if os.path.lexists(folder / SITE_FILE):
            return folder
        if (folder / ".git").exists():
            break
    raise ConfigError(
        f"there is no {SITE_FILE} in {start.resolve()} or above it",
        hint="newsletter init starts a site here; newsletter -C DIR works in another folder",
    )


def read_settings(folder: Path, environ: Mapping[str, str]) -> Settings:
    """Read `folder/newsletter.toml`; a variable `NEWSLETTER_…` goes before a key of the file.

    A secret whose variable is not set is None, and its name is in `Settings.unset`; for the
    provider that is in use it is an error.

    Raises:
        ConfigError: the file is not there.
        SourceError: it has mistakes; each is a finding with line and column.
    """
    path = folder / SITE_FILE
    if not path.exists():
        raise ConfigError(f"there is no {SITE_FILE} in {folder}", hint="newsletter init")
    sheet = open_sheet(path, path, environ)
    sheet.refuse_unknown(KEYS, set(WORDS))
    _refuse_near_misses(sheet)
    newsletter = _newsletter(sheet)
    kind = sheet.take(PROVIDER, "kind", one_of(*KINDS), "outbox")
    smtp, smtp_unset = read_smtp(sheet)
    sender_domain = newsletter.sender.address.domain if newsletter else ""
    dkim, dkim_unset = read_dkim(sheet, folder, sender_domain)
    sendgrid, sendgrid_unset = read_sendgrid(sheet)
    wanted = (("smtp", smtp_unset or dkim_unset), ("sendgrid", sendgrid_unset))
    unset = {kind: variable for kind, variable in wanted if variable}
    if kind in unset:
        own = (*PROVIDER, kind, "password" if kind == "smtp" else "api_key")
        place = sheet.found(*(own if smtp_unset or kind != "smtp" else DKIM)).value
        hint = f"export {unset[kind]}=…, or choose another kind of provider"
        sheet.report("missing-secret", f"the variable {unset[kind]} is not set", hint, place)
    database_url = sheet.take(DATABASE, "url", site_urls.database_url, DEFAULT_DATABASE_URL)
    fields, segments, checks = _fields(sheet), _segments(sheet), read_checks(sheet)
    personas, workers = read_personas(sheet, fields), read_workers(sheet, database_url)
    guards, public = read_guards(sheet), read_public(sheet, folder, fields)
    webhooks, bounces, unset_news = read_news(sheet, folder)
    preview, (outgoing, unset_outgoing) = _preview(sheet), read_outgoing(sheet)
    sending, fallback = read_sending(sheet), read_fallback(sheet, kind, unset)
    if sheet.findings or newsletter is None:
        raise sheet.error()
    provider = ProviderSettings(kind, smtp, sendgrid, dkim, fallback)
    return Settings(
        newsletter=newsletter,
        provider=provider,
        database_url=database_url,
        fields=fields,
        segments=segments,
        unset=unset | unset_news | unset_outgoing,
        checks=checks,
        personas=personas,
        preview=preview,
        guards=guards,
        webhooks=webhooks,
        bounces=bounces,
        public=public,
        sending=sending,
        workers=workers,
        outgoing=outgoing,
    )


def _preview(sheet: Sheet) -> PreviewSettings:
    plain = PreviewSettings()
    return PreviewSettings(sheet.take(PREVIEW, "editor", site_urls.editor_url, plain.editor))


def _refuse_near_misses(sheet: Sheet) -> None:
    """A misspelt NEWSLETTER_… would silently do nothing: say so; leave the others alone."""
    known = {variable_for(table, key) for table, keys in KEYS.items() for key in keys}
    named = {
        str(value.get("env"))
        for table in (SMTP, SENDGRID, DKIM, BOUNCES, OUTGOING_TABLE, *CALLERS.values())
        for value in sheet.table(*table).values()
        if isinstance(value, Mapping)
    }
    rests = {variable.removeprefix(f"{PREFIX}_") for variable in known}
    for name in sheet.environ:
        rest = name.removeprefix(f"{PREFIX}_")
        if rest == name or name in known | named:
            continue
        if close := difflib.get_close_matches(rest, rests, n=1, cutoff=0.8):
            hint = f"did you mean '{PREFIX}_{close[0]}'?"
            sheet.report("unknown-variable", f"no setting reads {name}", hint)


def _newsletter(sheet: Sheet) -> NewsletterSettings | None:
    name = sheet.require(NEWSLETTER, "name", values.header_line, '"Harbour Watch"')
    sender = sheet.require(
        NEWSLETTER, "from", values.mailbox, '"Harbour Watch <desk@news.example.org>"'
    )
    base_url = sheet.require(
        NEWSLETTER, "base_url", site_urls.base_url, '"https://news.example.org"'
    )
    list_id = sheet.take(NEWSLETTER, "list_id", values.list_id, "")
    reply_to = sheet.take(NEWSLETTER, "reply_to", values.mailbox, None)
    lines = {
        key: sheet.take(NEWSLETTER, key, values.line, "")
        for key in ("postal_address", "publisher", "reason")
    }
    locale = sheet.take(NEWSLETTER, "locale", values.locale, "en")
    template = sheet.take(NEWSLETTER, "template", values.word, "monitor")
    bounces = sheet.take(NEWSLETTER, "bounces", values.address, None)
    mailto = sheet.take(NEWSLETTER, "unsubscribe_mailto", values.address, None)
    timezone = sheet.take(NEWSLETTER, "timezone", values.timezone, "")
    timezone_field = sheet.take(NEWSLETTER, "timezone_field", values.word, "timezone")
    images = sheet.take(NEWSLETTER, "images", one_of(*ImageMode), "cid")
    palette = _palette(sheet)
    if name is None or sender is None or base_url is None:
        return None
    return NewsletterSettings(
        name=name,
        sender=sender,
        base_url=base_url,
        list_id=list_id or values.default_list_id(name, sender.address.domain),
        reply_to=reply_to,
        locale=locale,
        template=template,
        bounces=bounces,
        unsubscribe_mailto=mailto,
        images=ImageMode(images),
        palette=palette,
        timezone=timezone,
        timezone_field=timezone_field,
        strings=read_strings(sheet),
        **lines,
    )


def _palette(sheet: Sheet) -> Palette:
    plain = Palette()
    return Palette(
        **{key: sheet.take(THEME, key, values.colour, getattr(plain, key)) for key in KEYS[THEME]}
    )


def _fields(sheet: Sheet) -> dict[str, FieldType]:
    parse = one_of(*FieldType, other=_TYPE_WORDS)
    fields: dict[str, FieldType] = {}
    for name, kind in sheet.table(*FIELDS).items():
        found = sheet.found(*FIELDS, name)
        if name in RESERVED_FIELDS:
            sheet.report(
                "field-name", f"{name!r} is there for every subscriber", "leave it out", found.key
            )
        elif not _FIELD_NAME.fullmatch(name):
            hint = values.slug(name).replace("-", "_").lstrip("0123456789_")
            sheet.report(
                "field-name",
                f"{name!r} cannot name a field",
                f"write it as {hint or 'job_title'}: small letters, digits and _",
                found.key,
            )
        try:
            fields[name] = FieldType(parse(kind))
        except Wrong as wrong:
            sheet.report("value", f"{name}: {wrong.problem}", wrong.hint, found.value)
    return fields


def _segments(sheet: Sheet) -> dict[str, SegmentRule]:
    segments: dict[str, SegmentRule] = {}
    for name, rule in sheet.table(*SEGMENTS).items():
        found = sheet.found(*SEGMENTS, name)
        if name == "everyone":
            sheet.report(
                "segment-name", "'everyone' is always there", "choose another name", found.key
            )
        elif not _SEGMENT_NAME.fullmatch(name):
            hint = values.slug(name) or "north-america"
            sheet.report(
                "segment-name",
                f"{name!r} cannot name a segment",
                f"write it as {hint}: small letters, digits, - and _",
                found.key,
            )
        if not isinstance(rule, str) or not rule.strip():
            sheet.report(
                "value", f"{name}: a rule is text", """board = 'role == "board"'""", found.value
            )
            continue
        place = Place(sheet.path, found.value.line, found.value.column)
        segments[name] = SegmentRule(name, rule, place)
    return segments
