"""The addresses that let a reader go: made from the reader's token, for every message."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from urllib.parse import quote

from composer.model.address import Address
from composer.model.clicks import LINK_SLOT
from composer.model.edition import Context, Slot

UNSUBSCRIBE_SLOT = "unsubscribe_url"
PREFERENCES_SLOT = "preferences_url"
#: An issue that members alone may read on the web: its page, below the reader's own address.
MEMBERS_SLOT = "members_url"
OWN_SLOTS = frozenset({UNSUBSCRIBE_SLOT, PREFERENCES_SLOT, MEMBERS_SLOT})
_WHOLE_URLS = frozenset({Context.URL, Context.TEXT_URL})

_URL_SAFE = re.compile(r"[A-Za-z0-9_~-]+")
_MAX_LOCAL_CHARS = 64  # RFC 5321 section 4.5.3.1.1


def is_own_url(slot: Slot) -> bool:
    """Whether a whole address of ours goes into it: `fitness` sees that it needs no encoding."""
    return slot.context in _WHOLE_URLS and (
        slot.name in OWN_SLOTS or slot.name.startswith(LINK_SLOT)
    )


def unsubscribe_url(base_url: str, token: str) -> str:
    return f"{base_url}/u/{segment(token)}"


def preferences_url(base_url: str, token: str) -> str:
    return f"{base_url}/preferences/{segment(token)}"


def members_url(base_url: str, token: str, issue_id: str) -> str:
    return f"{base_url}/read/{segment(token)}/archive/{quote(os.fsencode(issue_id))}/"


def unsubscribe_mailto(mailbox: Address, token: str) -> str:
    """The token travels behind a `+` where a local part may be that long, else in the subject."""
    token = segment(token)
    if len(mailbox.local) + 1 + len(token) <= _MAX_LOCAL_CHARS:
        to = f"{_quoted(mailbox.local)}+{token}@{mailbox.domain}"
        return f"mailto:{to}?subject=unsubscribe"
    return f"mailto:{_quoted(mailbox.local)}@{mailbox.domain}?subject=unsubscribe%20{token}"


@lru_cache(maxsize=16)  # a newsletter has one mailbox for this
def _quoted(local: str) -> str:
    return quote(local, safe="+")


def segment(token: str) -> str:
    """The token as a part of a path: letters, digits, `_~-.` and what stands for others."""
    return token if _URL_SAFE.fullmatch(token) else quote(token, safe="")
