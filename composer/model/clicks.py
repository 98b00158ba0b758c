"""Counted links: what stands in a letter in the place of a target, and how it is known again.

A link is named by its target, so that what a token was made for is what it leads to. Whoever
has the letter of one reader can make no token of another reader, of another link, or of a
target that is in no letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import NamedTuple

from composer.model.edition import Edition, Slot

#: The name of a slot that a counted link goes into: this, and the link's own name. Its default
#: is the target itself.
LINK_SLOT = "click_url."
#: Below `base_url`.
PATH = "/c/"
_LINK_BYTES = 7
_PROOF_BYTES = 8
_TOKEN = re.compile(r"([0-9a-f]{1,15})-([0-9a-f]{14})-([0-9a-f]{16})")
#: Of a token, at most.
TOKEN_CHARS = 15 + 1 + 2 * _LINK_BYTES + 1 + 2 * _PROOF_BYTES


class Token(NamedTuple):
    """A token taken apart; nothing of it is proven."""

    delivery: str  #: the part of the delivery's id before its own proof
    link: str
    proof: str


def link_of(target: str) -> str:
    """The name of the link that leads to `target`: the same in every letter."""
    return blake2b(target.encode(), digest_size=_LINK_BYTES, person=b"link").hexdigest()


def link_slot(slot: Slot) -> str | None:
    """The name of the link that `slot` counts; None for other slots."""
    return slot.name[len(LINK_SLOT) :] if slot.name.startswith(LINK_SLOT) else None


def targets_of(edition: Edition) -> Mapping[str, str]:
    """The counted links of an edition by their names; empty when it counts none."""
    found = ((link_slot(slot), slot.default) for slot in edition.slots)
    return {link: target for link, target in found if link and target}


def tokens(delivery_id: str, seal: bytes, links: Iterable[str]) -> Iterable[str]:
    """What stands behind `PATH` for each of `links`; `seal` is the delivery's own secret."""
    name = delivery_id.partition("-")[0]
    sealed = blake2b(key=seal, digest_size=_PROOF_BYTES, person=b"click")
    for link in links:
        proof = sealed.copy()
        proof.update(link.encode())
        yield f"{name}-{link}-{proof.hexdigest()}"


def read_token(text: str) -> Token | None:
    """`text` taken apart, or None when it cannot be a token at all."""
    found = _TOKEN.fullmatch(text)
    return Token(*found.groups()) if found else None
