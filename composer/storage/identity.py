"""What names people and deliveries without telling who they are."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from hmac import compare_digest

from composer.model.address import Address
from composer.model.clicks import read_token, tokens

#: Of the salted hash that stands for a mailbox.
HASH_BYTES = 16


@dataclass(frozen=True, slots=True)
class Identity:
    """Hashes and ids under the salt of one database."""

    salt: bytes = field(repr=False)

    def hash_of(self, address: Address) -> bytes:
        """16 bytes that stand for one mailbox, however it is spelled."""
        return keyed_hash(self.salt, address.key.encode())

    def token_key(self, token: str) -> bytes:
        """What stands for a token that is no longer kept."""
        return blake2b(
            token.encode(), key=self.salt, digest_size=HASH_BYTES, person=b"token"
        ).digest()

    def secret(self, purpose: bytes) -> bytes:
        """A key for one purpose (at most 16 bytes), the same for as long as the database lives."""
        return blake2b(b"secret", key=self.salt, digest_size=32, person=purpose).digest()

    def delivery_id(self, number: int) -> str:
        """Opaque and unguessable, of `[a-z0-9-]`; `number` is the delivery's row, below 2**60."""
        return _named(self.salt, b"delivery", f"{number:x}")

    def returned_id(self, number: int) -> str:
        """What stands in the envelope sender: as `delivery_id`, with a MAC of its own.

        Readers see the delivery's id in the Message-ID and quote it in public; whoever knows
        it alone cannot write a bounce.
        """
        return _named(self.salt, b"returned", f"{number:x}")

    def seal(self, number: int) -> bytes:
        """The secret that proves which links a delivery was given: see `composer.model.clicks`."""
        seen = _begun(self.salt, b"seal", 16).copy()
        seen.update(b"%x" % number)
        return seen.digest()

    def clicked(self, text: str) -> tuple[int, str] | None:
        """The row of a delivery and the name of a link, or None when we gave out no such token."""
        token = read_token(text)
        if token is None:
            return None
        number = int(token.delivery, 16)
        (ours,) = tokens(f"{number:x}", self.seal(number), [token.link])
        return (number, token.link) if compare_digest(ours, text) else None

    def returned_number(self, returned_id: str) -> int | None:
        """The row that mail came back for, or None when nobody was sent under that name."""
        try:
            number = int(returned_id.partition("-")[0], 16)
        except ValueError:
            return None
        if not 0 < number < 1 << 60:
            return None
        ours = self.returned_id(number).encode()
        # A mail server on the way may have written it in capitals.
        told = returned_id.lower().encode(errors="replace")
        return number if compare_digest(ours, told) else None

    def delivery_number(self, delivery_id: str) -> int | None:
        """The row that `delivery_id` names, or None when we never gave it out."""
        try:
            number = int(delivery_id.partition("-")[0], 16)
        except ValueError:
            return None
        ours = self.delivery_id(number).encode()
        return number if compare_digest(ours, delivery_id.encode(errors="replace")) else None


@lru_cache(maxsize=8)
def _begun(salt: bytes, purpose: bytes, size: int) -> blake2b:
    """To be copied: to begin takes longer than all the rest of a short text."""
    return blake2b(key=salt, digest_size=size, person=purpose)


def _named(salt: bytes, purpose: bytes, name: str) -> str:
    """A number, and what proves that we gave it out."""
    seen = _begun(salt, purpose, 8).copy()
    seen.update(name.encode())
    return f"{name}-{seen.hexdigest()}"


def keyed_hash(salt: bytes, key: bytes) -> bytes:
    """What nobody can compute or compare without the salt: keyed BLAKE2b (RFC 7693).

    As sound as an HMAC of SHA-256, and a quarter of its price for a million addresses.
    """
    return blake2b(key, key=salt, digest_size=HASH_BYTES, person=b"mailbox").digest()


def new_salt() -> bytes:
    return secrets.token_bytes(32)
