"""What names people and deliveries without telling who they are."""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass, field

from composer.model.address import Address

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u
_MAC_CHARS = 12
#: Of the salted hash that stands for a mailbox.
HASH_BYTES = 16


@dataclass(frozen=True, slots=True)
class Identity:
    """Hashes and ids under the salt of one database."""

    salt: bytes = field(repr=False)

    def hash_of(self, address: Address) -> bytes:
        """16 bytes that stand for one mailbox, however it is spelled."""
        return hmac.digest(self.salt, address.key.encode(), "sha256")[:HASH_BYTES]

    def delivery_id(self, number: int) -> str:
        """Opaque and unguessable, of `[a-z0-9-]`; `number` is the delivery's row."""
        return f"{_base32(number)}-{self._mac(number)}"

    def delivery_number(self, delivery_id: str) -> int | None:
        """The row that `delivery_id` names, or None when we never gave it out."""
        try:
            number = _from_base32(delivery_id.partition("-")[0])
        except ValueError:
            return None
        ours = self.delivery_id(number).encode()
        return number if hmac.compare_digest(ours, delivery_id.encode(errors="replace")) else None

    def _mac(self, number: int) -> str:
        mac = hmac.digest(self.salt, f"delivery {number}".encode(), "sha256")
        return base64.b32encode(mac[:8]).decode().lower()[:_MAC_CHARS]


def new_salt() -> bytes:
    return secrets.token_bytes(32)


def _base32(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 32)
        digits = _ALPHABET[digit] + digits
    return digits or "0"


def _from_base32(text: str) -> int:
    if not 1 <= len(text) <= 13:
        raise ValueError(text)
    number = 0
    for char in text:
        number = number * 32 + _ALPHABET.index(char)
    return number
