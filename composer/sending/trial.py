"""A test message: one real message to one address, recorded nowhere as a delivery."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from composer.model.address import Address
from composer.model.delivery import Delivery
from composer.model.edition import Edition
from composer.model.mailing import Letterhead
from composer.sending.ledger import Candidate
from composer.sending.message import Message
from composer.sending.provider import Batch, Outcome, Provider
from composer.sending.sample import sample_delivery

#: Stands before the subject, so that nobody takes it for the mailing.
MARK = "[TEST] "


@dataclass(frozen=True, slots=True)
class Trial:
    """The message as it will be handed over."""

    message: Message
    delivery: Delivery

    @classmethod
    def of(
        cls,
        edition: Edition,
        letterhead: Letterhead,
        candidate: Candidate | None,
        fields: tuple[str, ...],
        to: Address,
    ) -> Trial:
        """`edition` as `candidate` would get it, to `to`; its unsubscribe link is nobody's."""
        mark = f"test-{secrets.token_hex(8)}"
        delivery = sample_delivery(edition, candidate, fields, delivery_id=mark)
        delivery = replace(delivery, recipient=replace(delivery.recipient, address=to))
        return cls(Message.compile(edition, letterhead, subject_prefix=MARK), delivery)

    def send(self, provider: Provider) -> Outcome:
        """Hand it over and close `provider`.

        Raises:
            ProviderError: the provider cannot be used at all.
        """
        batch = Batch(self.delivery.id, self.message, (self.delivery,), datetime.now(UTC))
        try:
            return provider.deliver(batch)[0]
        finally:
            provider.close()
