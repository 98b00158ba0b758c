"""`[webhooks]` and `[bounces]` of newsletter.toml: who may tell us what became of mail."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from composer.model.settings import BounceSettings, CallerSettings, WebhookSettings
from composer.reading import site_urls
from composer.reading import site_values as values
from composer.reading.keys import BOUNCES, CALLERS, SITE, WEBHOOKS, Table
from composer.reading.site_sheet import Sheet
from composer.reading.site_values import Wrong

#: Providers repeat a call for so long at most, and some with its first time in it.
_MAX_AGE_S = {"sendgrid": 90_000.0, "ses": 90_000.0, "mailgun": 36_000.0, "resend": 300.0}
_TOPIC = re.compile(r"arn:aws(?:-[a-z-]+)?:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]{1,256}")
_NO_TOPICS: tuple[str, ...] = ()
_REMOTE = ("imaps", "imap", "pop3s", "pop3")


def read_news(sheet: Sheet, folder: Path) -> tuple[WebhookSettings, BounceSettings, dict[str, str]]:
    """Both tables, and the variables of secrets that are not set: `webhooks.sendgrid`, `bounces`.

    A command that needs none of them goes on without.
    """
    webhooks, unset = _read_webhooks(sheet)
    bounces, variable = _read_bounces(sheet, folder)
    return webhooks, bounces, unset | ({"bounces": variable} if variable else {})


def _read_webhooks(sheet: Sheet) -> tuple[WebhookSettings, dict[str, str]]:
    """The settings, and the variable of each provider's secret that is not set."""
    callers: dict[str, CallerSettings] = {}
    unset: dict[str, str] = {}
    for name, table in CALLERS.items():
        keys = [key.name for key in SITE[table]]
        if not any(sheet.is_given(table, key) for key in keys):
            if sheet.table(*table) != {} or name in sheet.table(*WEBHOOKS):
                _lacks(sheet, table, keys[0])
            continue
        callers[name], variable = _caller(sheet, name, table, keys)
        if variable:
            unset[f"webhooks.{name}"] = variable
    opens = sheet.take(WEBHOOKS, "opens", values.truth, default=False)
    clicks = sheet.take(WEBHOOKS, "clicks", values.truth, default=False)
    return WebhookSettings(callers, opens, clicks), unset


def _caller(sheet: Sheet, name: str, table: Table, keys: list[str]) -> tuple[CallerSettings, str]:
    for key in keys:
        if key != "max_age_s" and not sheet.is_given(table, key):
            _lacks(sheet, table, key)
    secrets = {key: sheet.secret(table, key) for key in ("key", "password") if key in keys}
    caller = CallerSettings(
        key=secrets.get("key", (None, ""))[0],
        username=sheet.take(table, "username", values.line, "") if "username" in keys else "",
        password=secrets.get("password", (None, ""))[0],
        topics=sheet.take(table, "topics", _topics, _NO_TOPICS) if "topics" in keys else (),
        max_age_s=sheet.take(table, "max_age_s", values.seconds, _MAX_AGE_S.get(name, 0.0))
        if "max_age_s" in keys
        else 0.0,
    )
    return caller, next((variable for _, variable in secrets.values() if variable), "")


def _lacks(sheet: Sheet, table: Table, key: str) -> None:
    name = ".".join(table)
    examples = {
        "topics": '["arn:aws:sns:eu-west-1:123456789012:newsletter"]',
        "username": '"newsletter"',
    }
    variable = f"{'_'.join(table[1:])}_WEBHOOK_{key}".upper()
    example = examples.get(key, f'{{ env = "{variable}" }}')
    spot = sheet.found(*table).key
    sheet.report("missing", f"[{name}] needs {key!r}", f"{key} = {example}", spot)


def _topics(value: object) -> tuple[str, ...]:
    given = value.split() if isinstance(value, values.Spoken) else value
    if not isinstance(given, list) or not given:
        raise Wrong("topics must be a list of ARNs", 'topics = ["arn:aws:sns:…"]')
    for arn in given:
        if not isinstance(arn, str) or not _TOPIC.fullmatch(arn):
            raise Wrong(
                f"{values.shown(arn)} is not the ARN of an SNS topic",
                "arn:aws:sns:eu-west-1:123456789012:newsletter",
            )
    return tuple(given)


def _read_bounces(sheet: Sheet, folder: Path) -> tuple[BounceSettings, str]:
    """The settings, and the variable of a password that is not set."""
    plain = BounceSettings()
    password, unset = sheet.secret(BOUNCES, "password")
    source = sheet.take(BOUNCES, "source", _source, plain.source)
    kind, _, rest = source.partition(":")
    if kind in ("maildir", "mbox"):
        source = f"{kind}:{folder / rest}"
    settings = BounceSettings(
        source=source,
        username=sheet.take(BOUNCES, "username", values.line, plain.username),
        password=password,
        done=sheet.take(BOUNCES, "done", values.word, plain.done),
        timeout_s=sheet.take(BOUNCES, "timeout_s", values.seconds, plain.timeout_s),
    )
    given = sheet.is_given(BOUNCES, "password")
    if kind in _REMOTE and not (settings.username and given):
        lacks = "password" if settings.username else "username"
        example = '{ env = "BOUNCES_PASSWORD" }' if lacks == "password" else '"bounces"'
        spot = sheet.found(*BOUNCES, "source").key
        sheet.report("missing", f"[bounces] needs {lacks!r}", f"{lacks} = {example}", spot)
    return settings, unset


def _source(value: object) -> str:
    """Raises Wrong."""
    source = values.line(value)
    kind, colon, rest = source.partition(":")
    kind = kind.lower()
    hint = 'source = "maildir:/var/mail/bounces", or "imaps://mail.example.org/INBOX"'
    if not colon or not rest or kind not in ("maildir", "mbox", *_REMOTE):
        raise Wrong(f"{values.shown(source)} is not a mailbox", hint)
    if kind in _REMOTE:
        _refuse_strange_url(source, kind, hint)
    return f"{kind}:{rest}"


def _refuse_strange_url(source: str, kind: str, hint: str) -> None:
    try:
        parts = urlsplit(source)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise Wrong(f"{values.shown(source)} is not a URL: {error}", hint) from error
    if not host or parts.query or parts.fragment:
        raise Wrong(f"{values.shown(source)} names no mail server", hint)
    if parts.username is not None:
        raise Wrong("name and password have keys of their own", 'username = "bounces"')
    if not kind.endswith("s") and not site_urls.is_loopback(host):
        raise Wrong(f"the password would go to {host} unencrypted", f"{kind}s://{host}")
