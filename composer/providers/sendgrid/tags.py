"""What stands in the texts of a call where a reader's value goes.

Substitution knows nothing of contexts, so each pair of slot and context has a tag of its
own and every value is encoded before it goes in. The tags are new and unguessable for every
run: no text of ours holds one, and no value, which was there before it, can imitate one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from composer.model.edition import Edition, Parts, Slot


class Tags:
    """Of one run of one edition."""

    def __init__(self, slots: Mapping[Slot, str], subject: str) -> None:
        self.slots = slots
        self.subject = subject  #: `""` when the subject is the same for all

    @classmethod
    def of(
        cls, edition: Edition, make_key: Callable[[], str] = lambda: secrets.token_hex(8)
    ) -> Tags:
        """Tags that no literal of `edition` holds. All are of one length: none begins another."""
        parts = (*edition.subject, *edition.html, *edition.text)
        literals = [part for part in parts if isinstance(part, str)]
        key = make_key()
        while any(key in literal for literal in literals):
            key = make_key()
        slots = dict.fromkeys(
            part for part in (*edition.html, *edition.text) if isinstance(part, Slot)
        )
        personal = any(isinstance(part, Slot) for part in edition.subject)
        return cls(
            {slot: f"-{key}{number:04d}-" for number, slot in enumerate(slots, start=1)},
            f"-{key}0000-" if personal else "",
        )

    def tagged(self, parts: Parts) -> str:
        return "".join(part if isinstance(part, str) else self.slots[part] for part in parts)
