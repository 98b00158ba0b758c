"""Plain values for the slots of an edition: the reader's, the default, or our own links."""

from __future__ import annotations

from dataclasses import dataclass

from composer.errors import ComposerError
from composer.model.clicks import LINK_SLOT, PATH, link_slot, tokens
from composer.model.delivery import Delivery
from composer.model.edition import Edition
from composer.sending.message.links import (
    MEMBERS_SLOT,
    OWN_SLOTS,
    PREFERENCES_SLOT,
    UNSUBSCRIBE_SLOT,
    members_url,
    preferences_url,
    unsubscribe_url,
)


@dataclass(frozen=True, slots=True)
class Filling:
    """`defaults` holds every name of a subscriber's value, with None where it must be given.

    `split` are names whose slots do not agree on a default: without a value each slot takes
    its own, so such a name is missing from the values. `links` are the counted ones.
    """

    base_url: str
    defaults: tuple[tuple[str, str | None], ...]
    split: frozenset[str]
    links: tuple[str, ...] = ()
    members: str = ""  #: the issue's id, where a page for members alone is linked

    @classmethod
    def of(cls, edition: Edition, base_url: str) -> Filling:
        seen: dict[str, set[str | None]] = {}
        links = dict.fromkeys(link for slot in edition.slots if (link := link_slot(slot)))
        for slot in edition.slots:
            if slot.name not in OWN_SLOTS and link_slot(slot) is None:
                seen.setdefault(slot.name, set()).add(slot.default)
        agreed = {name: next(iter(found)) for name, found in seen.items() if len(found) == 1}
        # One slot without a default makes the value necessary, whatever the others say.
        split = frozenset(n for n, found in seen.items() if len(found) > 1 and None not in found)
        defaults = tuple((name, agreed.get(name)) for name in seen)
        for_members = any(slot.name == MEMBERS_SLOT for slot in edition.slots)
        members = edition.issue_id if for_members else ""
        return cls(base_url, defaults, split, tuple(links), members)

    def must_be_given(self, name: str) -> bool:
        """Whether a reader without a value of that name can get no message."""
        return name not in self.split and (name, None) in self.defaults

    def values(self, delivery: Delivery) -> dict[str, str]:
        """Plain text by slot name.

        Raises:
            ComposerError: a slot has neither value nor default; it names the slot.
        """
        recipient = delivery.recipient
        values = {
            UNSUBSCRIBE_SLOT: unsubscribe_url(self.base_url, recipient.token),
            PREFERENCES_SLOT: preferences_url(self.base_url, recipient.token),
        }
        if self.members:
            values[MEMBERS_SLOT] = members_url(self.base_url, recipient.token, self.members)
        if self.links and delivery.seal:
            made = tokens(delivery.id, delivery.seal, self.links)
            for link, token in zip(self.links, made, strict=True):
                values[LINK_SLOT + link] = f"{self.base_url}{PATH}{token}"
        given = recipient.values
        for name, default in self.defaults:
            value = given.get(name) or default
            if value is not None:
                values[name] = value
            elif name not in self.split:
                raise ComposerError(
                    f"{name} has no value for delivery {delivery.id}, and no default",
                    hint=f'write a default: {{{{ {name} | default("…") }}}}',
                )
        return values
