"""The letters of a batch, each as it travels: written, signed, and in its envelope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from composer.model.delivery import Delivery
from composer.providers.outcomes import written
from composer.providers.smtp.desk import Desk
from composer.providers.smtp.steps import Envelope
from composer.providers.smtp.wire import Dots
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


class Writer:
    """Makes the letters of a batch, each when it is asked for."""

    def __init__(self, office: Office, batch: Batch) -> None:
        self._desk = office.desk
        self._signer = office.signer
        self._named_in = [name for name in (office.key_header, office.delivery_header) if name]
        self._batch = batch
        self._dots = Dots()
        self._left = iter(batch.deliveries)

    async def next(self) -> Letter | Outcome | None:
        """The next letter, or an outcome where it cannot be written; None after the last one."""
        delivery = next(self._left, None)
        if delivery is None:
            return None
        message = written(self._batch, delivery)
        if isinstance(message, Outcome):
            return message
        if self._signer is not None:
            message.insert(0, await self._signatures(self._signer, message))
        for name in self._named_in:
            message.insert(0, f"{name}: {delivery.id}\r\n".encode())
        size = sum(map(len, message))
        envelope = Envelope(
            self._batch.message.envelope_sender(delivery),
            addr_spec(delivery.recipient.address),
            size,
        )
        chunks = self._dots.stuffed(message)
        if chunks is not message:
            size = sum(map(len, chunks))
        return Letter(delivery, envelope, chunks, size)

    async def _signatures(self, signer: Signer, message: Sequence[bytes]) -> bytes:
        """The header lines of all; one that takes long is not made at the desk."""
        lines = []
        for unsigned in signer.unsigned(message, self._batch.at):
            aside = unsigned.is_slow
            signature = await self._desk.aside(unsigned.sign) if aside else unsigned.sign()
            lines.append(unsigned.lines(signature))
        return b"".join(lines)
