"""How much of a letter arrives: what it weighs, and what Gmail shows of it."""

from __future__ import annotations

from composer.model.edition import Edition, Slot

#: Gmail hides what comes after this many bytes behind "View entire message".
GMAIL_CLIP_BYTES = 102 * 1024
#: Room for values that are longer than the ones we count with.
GMAIL_WARN_BYTES = 80 * 1024
#: What a slot is counted with: a long name, or our own link with its token.
SLOT_BYTES = 80


def html_bytes(edition: Edition) -> int:
    """The HTML's size after filling, with room for long values."""
    return sum(SLOT_BYTES if isinstance(p, Slot) else len(p.encode()) for p in edition.html)
