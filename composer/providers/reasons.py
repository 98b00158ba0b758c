"""What a provider said, made fit for a ledger line: one line, short, and no address in it."""

from __future__ import annotations

import re
from functools import lru_cache

MAX_CHARS = 300

_ADDRESS = re.compile(r'(?:"[^"\s]*"|[^\s<>(),;:"\'=]+)@[^\s<>(),;:"\']+')
_UNSEEN = re.compile(r"[^ -~\u00a1-\u200a\u2010-\u2027\u2030-\uffef]+")


@lru_cache(maxsize=256)  # most of what a provider says it says to everybody
def plain_reason(text: str) -> str:
    """`text` in one line of at most `MAX_CHARS`; anything like an address becomes `(address)`.

    Reasons end in logs, reports and CSV files, where a reader's address has no business.
    """
    text = _UNSEEN.sub(" ", text[: 8 * MAX_CHARS])
    text = " ".join(_ADDRESS.sub("(address)", text).split())
    return text if len(text) <= MAX_CHARS else text[: MAX_CHARS - 1] + "…"
