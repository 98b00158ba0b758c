"""The table `[outgoing]` of newsletter.toml: whom the site tells what happens."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import urlsplit

from composer.model.settings import OUTGOING, OutgoingSettings
from composer.reading import site_urls
from composer.reading import site_values as values
from composer.reading.keys import OUTGOING_TABLE
from composer.reading.site_checks import names_of
from composer.reading.site_sheet import Sheet
from composer.reading.site_values import Wrong, shown

LEAST_KEY_BYTES = 24  # of the specification


def read_outgoing(sheet: Sheet) -> tuple[OutgoingSettings, dict[str, str]]:
    """The settings, and the variable of a secret that is not set."""
    table, plain = OUTGOING_TABLE, OutgoingSettings()
    secret, variable = sheet.secret(table, "secret")
    url = sheet.take(table, "url", _url, "")
    if url and not sheet.is_given(table, "secret"):
        example = 'secret = { env = "OUTGOING_SECRET" }'
        spot = sheet.found(*table, "url").key
        sheet.report("missing", "[outgoing] needs 'secret' to sign what it sends", example, spot)
    if secret is not None and not key_of(secret.value):
        sheet.report(
            "value",
            f"{secret.variable} holds no secret of Standard Webhooks",
            f"whsec_ and base64 of {LEAST_KEY_BYTES} random bytes or more",
            sheet.found(*table, "secret").value,
        )
    settings = OutgoingSettings(
        url=url,
        secret=secret,
        hook=sheet.take(table, "hook", _hook, ""),
        kinds=sheet.take(table, "kinds", names_of(values.one_of(*OUTGOING)), plain.kinds),
    )
    return settings, {"outgoing": variable} if variable else {}


def key_of(secret: str) -> bytes:
    """The bytes of a secret as it is written; none when it is too short, or none at all."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return key if len(key) >= LEAST_KEY_BYTES else b""


def _url(value: object) -> str:
    url = values.line(value)
    parts = urlsplit(url)
    clear = parts.scheme == "http" and site_urls.is_loopback(parts.hostname or "")
    if not parts.hostname or (parts.scheme != "https" and not clear):
        raise Wrong(f"{shown(url)} cannot be told anything: it needs https", "https://example.org/")
    if parts.username or parts.password:
        raise Wrong("a password in a URL stands where everybody reads it", "leave it out")
    return url


def _hook(value: object) -> str:
    text = values.line(value)
    if not re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", text):
        raise Wrong(f"{shown(text)} names no function", 'hook = "my_hooks:told"')
    return text
