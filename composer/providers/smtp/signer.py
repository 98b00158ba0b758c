"""Sign messages (DKIM, RFC 6376; Ed25519: RFC 8463) without building them twice.

Both canonicalisations are relaxed: blanks may change on the way, words may not. The body's
literals are the same objects in every message, so their canonical form is worked out once; a
reader costs a hash and one signature for each key. OpenSSL signs without Python's lock, so
signatures that take long can be made side by side by several threads.
"""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from composer.providers.smtp.relaxed import Bodies, Heads, relaxed

#: Each is named once more than it occurs (RFC 6376 section 8.15): a second one that somebody
#: puts in front, or one where there was none, breaks the signature.
SIGNED = (
    "from",
    "to",
    "subject",
    "date",
    "reply-to",
    "message-id",
    "mime-version",
    "content-type",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "feedback-id",
)

_BATCHES = 256  #: under way at once, each with a time of its own

_COLUMNS = 72
_FOLD = b"\r\n "

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`selector` is the key's name in the DNS: `SELECTOR._domainkey.DOMAIN`."""

    selector: str
    key: PrivateKey

    @property
    def algorithm(self) -> str:
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    @property
    def is_slow(self) -> bool:
        """Whether a signature takes as long as all the rest of a message."""
        return isinstance(self.key, RSAPrivateKey)

    @property
    def sign(self) -> Callable[[bytes], bytes]:
        """What signs data with it."""
        key = self.key
        if isinstance(key, RSAPrivateKey):
            return lambda data: key.sign(data, PKCS1v15(), SHA256())
        return lambda data: key.sign(hashlib.sha256(data).digest())  # RFC 8463 section 3


@dataclass(frozen=True, slots=True)
class _Opening:
    """A signature's header up to the body's hash, as it is written and as it is signed."""

    sign: Callable[[bytes], bytes]
    is_slow: bool
    field: bytes
    canonical: bytes


class Unsigned(NamedTuple):
    """A signature's header without the signature; `headers` are the canonical ones it signs."""

    opening: _Opening
    body_hash: bytes
    headers: bytes

    @property
    def is_slow(self) -> bool:
        """Whether to sign takes as long as all the rest of a message."""
        return self.opening.is_slow

    def sign(self) -> bytes:
        """The signature, which `lines` wants to have."""
        return self.opening.sign(
            b"%b%b bh=%b; b=" % (self.headers, self.opening.canonical, self.body_hash)
        )

    def lines(self, signature: bytes) -> bytes:
        """The whole header, folded."""
        text = _base64(signature)
        rows = _FOLD.join([text[n : n + _COLUMNS] for n in range(0, len(text), _COLUMNS)])
        return b"%b\r\n bh=%b;\r\n b=%b\r\n" % (self.opening.field, self.body_hash, rows)


class Signer:
    """Signs for `domain` with every key; used from any thread."""

    def __init__(self, domain: str, keys: Sequence[SigningKey]) -> None:
        self._domain = domain
        self._keys = tuple(keys)
        self._heads = Heads()
        self._bodies = Bodies()
        self._plan = lru_cache(maxsize=_BATCHES)(self._planned)

    def signatures(self, chunks: Sequence[bytes], at: datetime) -> bytes:
        """The header lines to put before a message, one for each key.

        `chunks` are a message's pieces: the first its header lines, the rest what follows.
        """
        return b"".join(one.lines(one.sign()) for one in self.unsigned(chunks, at))

    def unsigned(self, chunks: Sequence[bytes], at: datetime) -> list[Unsigned]:
        """The same, one for each key, before anything is signed."""
        fields = self._heads.fields(chunks[0])
        present, openings = self._plan(tuple(fields), at)
        body = self._bodies.canonical(chunks[1:])
        body_hash = _base64(hashlib.sha256(body).digest())
        signed = b"".join([fields[name] for name in present])
        return [Unsigned(opening, body_hash, signed) for opening in openings]

    def _planned(
        self, names: tuple[str, ...], at: datetime
    ) -> tuple[tuple[str, ...], tuple[_Opening, ...]]:
        """Which of the headers `names` are signed, in which order, and each key's header."""
        present = tuple(name for name in SIGNED if name in names)
        named = ":\r\n ".join(f"{name}:{name}" if name in present else name for name in SIGNED)
        openings = []
        for key in self._keys:
            field = (
                f"v=1; a={key.algorithm}; c=relaxed/relaxed;\r\n d={self._domain};"
                f" s={key.selector}; t={int(at.timestamp())};\r\n h={named};"
            )
            canonical = b"dkim-signature:" + relaxed(field.replace("\r\n", "").encode())
            written = f"DKIM-Signature: {field}".encode("ascii")
            openings.append(_Opening(key.sign, key.is_slow, written, canonical))
        return present, tuple(openings)


def _base64(raw: bytes) -> bytes:
    return binascii.b2a_base64(raw, newline=False)
