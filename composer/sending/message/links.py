"""The addresses that let a reader go: made from the reader's token, for every message."""

from __future__ import annotations

import re
from urllib.parse import quote

from composer.model.address import Address

UNSUBSCRIBE_SLOT = "unsubscribe_url"
PREFERENCES_SLOT = "preferences_url"
OWN_SLOTS = frozenset({UNSUBSCRIBE_SLOT, PREFERENCES_SLOT})

_URL_SAFE = re.compile(r"[A-Za-z0-9_~-]+")
_MAX_LOCAL_CHARS = 64  # RFC 5321 section 4.5.3.1.1


def unsubscribe_url(base_url: str, token: str) -> str:
    return f"{base_url}/u/{_segment(token)}"


def preferences_url(base_url: str, token: str) -> str:
    return f"{base_url}/preferences/{_segment(token)}"


def unsubscribe_mailto(mailbox: Address, token: str) -> str:
    """The token travels behind a `+` where a local part may be that long, else in the subject."""
    token = _segment(token)
    if len(mailbox.local) + 1 + len(token) <= _MAX_LOCAL_CHARS:
        to = f"{quote(mailbox.local, safe='+')}+{token}@{mailbox.domain}"
        return f"mailto:{to}?subject=unsubscribe"
    return f"mailto:{quote(mailbox.local, safe='+')}@{mailbox.domain}?subject=unsubscribe%20{token}"


def _segment(token: str) -> str:
    return token if _URL_SAFE.fullmatch(token) else quote(token, safe="")
