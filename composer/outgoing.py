"""Tell others what happened: a URL by Standard Webhooks, a Python function, or both.

What happened is written down in the transaction in which it happens, and told afterwards, at
least once: the id of a message is the same each time, so that a second one can be known for it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from composer.errors import ConfigError
from composer.http_client import HttpWeb, Silent, Untrusted, Web
from composer.model.settings import OutgoingSettings
from composer.reading.site_outgoing import key_of
from composer.reports.books import document_of
from composer.site import Site
from composer.storage.notices import Notice

#: Seconds before each further try (of the specification's own example), and then no more.
PAUSES_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
_GONE = 410  # who says this wants to be told nothing any more


@dataclass(frozen=True, slots=True)
class Told:
    """How a round went."""

    told: int = 0
    failed: int = 0


class NotTold(Exception):
    """It is not known there; `for_good` says that another try is useless."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good


def tell(
    site: Site,
    *,
    web: Web | None = None,
    now: Callable[[], float] = time.time,
    most: int = 1_000,
) -> Told:
    """Tell what is due, once each; what fails is due again later.

    Raises:
        StorageError: the database is away.
    """
    if not site.settings.outgoing.channels or not site.database_exists:
        return Told()
    told = failed = 0
    while told + failed < most and (found := site.database.notices.take(int(now()))):
        for notice in found:
            if _tell_one(site, notice, web or HttpWeb(), int(now())):
                told += 1
            else:
                failed += 1
    return Told(told, failed)


def _tell_one(site: Site, notice: Notice, web: Web, now: int) -> bool:
    notices = site.database.notices
    try:
        message = message_of(site, notice)
        if message is not None:
            _hand_over(site, notice, message, web, now)
    except NotTold as trouble:
        over = trouble.for_good or notice.tries > len(PAUSES_S)
        due = None if over else now + PAUSES_S[notice.tries - 1]
        notices.again(notice.number, due, trouble.reason)
        return False
    notices.told(notice.number)
    return True


def message_of(site: Site, notice: Notice) -> Mapping[str, Any] | None:
    """What is told; None when there is nobody left to tell of."""
    at = datetime.fromtimestamp(notice.at, UTC).isoformat(timespec="seconds")
    head = {"type": notice.kind, "timestamp": at.replace("+00:00", "Z")}
    if notice.kind == "mailing.finished":
        ledger = site.database.ledger
        mailing = ledger.mailing(notice.mailing)
        if mailing is None:
            return None
        return {**head, "data": document_of(mailing, ledger.books(mailing.id))}
    if not notice.address:
        return None
    data = {"address": notice.address, "locale": notice.locale, **notice.detail}
    return {**head, "data": {name: value for name, value in data.items() if value}}


def _hand_over(site: Site, notice: Notice, message: Mapping[str, Any], web: Web, now: int) -> None:
    """Raises NotTold."""
    if notice.channel == "hook":
        _call(site, message)
    else:
        _post(site.settings.outgoing, f"msg_{notice.number}", message, web, now)


def _post(
    settings: OutgoingSettings, name: str, message: Mapping[str, Any], web: Web, now: int
) -> None:
    if settings.secret is None:
        raise NotTold("the variable of [outgoing] secret is not set")
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    headers = signed(name, now, body, key_of(settings.secret.value))
    try:
        answer = web.ask("POST", settings.url, body, headers)
    except Silent as silent:
        raise NotTold(f"no answer: {silent.reason}") from None
    except Untrusted as untrusted:
        raise NotTold(f"its certificate is refused: {untrusted}") from None
    if not 200 <= answer.status < 300:
        raise NotTold(f"answered {answer.status}", for_good=answer.status == _GONE)


def signed(name: str, at: int, body: bytes, key: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0.0: HMAC-SHA256 over id, time and body."""
    mac = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "newsletter-composer",
        "webhook-id": name,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def _call(site: Site, message: Mapping[str, Any]) -> None:
    try:
        function = hook_of(site)
    except ConfigError as error:
        raise NotTold(error.problem) from None
    try:
        function(json.loads(json.dumps(message)))  # its own to change
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is not ours
        raise NotTold(f"the hook raised {type(error).__name__}") from None


def hook_of(site: Site) -> Callable[[Mapping[str, Any]], object]:
    """The function that `[outgoing] hook` names.

    Raises:
        ConfigError: there is none, or its module cannot be imported.
    """
    module, _, name = site.settings.outgoing.hook.partition(":")
    folder = str(site.folder.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        function = getattr(importlib.import_module(module), name, None)
    except Exception as error:  # noqa: BLE001 - a module of the site may do anything
        raise ConfigError(
            f"the hook {module} cannot be imported: {type(error).__name__}: {error}",
            hint=f"it is looked for in {site.folder}, then where Python looks",
        ) from None
    if not callable(function):
        raise ConfigError(f"{module} has no function {name!r}", hint='[outgoing] hook = "module:f"')
    return function  # type: ignore[no-any-return]  # it was seen to be callable
