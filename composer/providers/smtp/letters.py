"""The letters of a batch, each as it travels: written, signed, and in its envelope."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from composer.model.delivery import Delivery
from composer.providers.outcomes import written
from composer.providers.smtp.desk import Desk
from composer.providers.smtp.steps import Envelope
from composer.providers.smtp.wire import dot_stuffed
from composer.sending.message.words import addr_spec
from composer.sending.provider import Batch, Outcome

if TYPE_CHECKING:
    # cryptography is for those who sign.
    from composer.providers.smtp.signer import Signer


class Office(Protocol):
    """What is needed to make them."""

    @property
    def desk(self) -> Desk:
        """A signature that takes long is made away from it."""
        ...

    @property
    def key_header(self) -> str: ...

    @property
    def delivery_header(self) -> str: ...

    @property
    def signer(self) -> Signer | None: ...


@dataclass(frozen=True, slots=True)
class Letter:
    """`chunks` end in CRLF, with dots stuffed, and have `size` bytes."""

    delivery: Delivery
    envelope: Envelope
    chunks: Sequence[bytes]
    size: int


def letters(office: Office, batch: Batch) -> Iterator[Letter | Outcome]:
    """One after the other as they are asked for; an outcome where one cannot be written."""
    signer, aside = office.signer, office.desk.left
    named_in = [name for name in (office.key_header, office.delivery_header) if name]
    for delivery in batch.deliveries:
        message = written(batch, delivery)
        if isinstance(message, Outcome):
            yield message
            continue
        if signer is not None:
            message.insert(0, signer.signatures(message, batch.at, aside))
        for name in named_in:
            message.insert(0, f"{name}: {delivery.id}\r\n".encode())
        size = sum(map(len, message))
        envelope = Envelope(
            batch.message.envelope_sender(delivery), addr_spec(delivery.recipient.address), size
        )
        chunks = dot_stuffed(message)
        if chunks is not message:
            size = sum(map(len, chunks))
        yield Letter(delivery, envelope, chunks, size)
