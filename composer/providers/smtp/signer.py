"""Sign messages (DKIM, RFC 6376; Ed25519: RFC 8463) without building them twice.

Both canonicalisations are relaxed: blanks may change on the way, words may not. The body's
literals are the same objects in every message, so their canonical form is worked out once; a
reader costs a hash and one signature for each key. OpenSSL signs without Python's lock, so
signatures that take long can be made side by side by several threads.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

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

_HANGS = b"\0"  #: no canonical form of ours

_PIECES = 1024  #: whose canonical form is remembered; an edition has a few hundred literals
_COLUMNS = 72
_FOLD = b"\r\n "

_BLANKS_AT_END = re.compile(rb"[ \t]+(?=\r\n)")
_BLANKS_INSIDE = re.compile(rb"[ \t]{2,}|\t")

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

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(data, PKCS1v15(), SHA256())
        return self.key.sign(hashlib.sha256(data).digest())  # RFC 8463 section 3


@dataclass(frozen=True, slots=True)
class _Opening:
    """A signature's header up to the body's hash, as it is written and as it is signed."""

    key: SigningKey
    field: bytes
    canonical: bytes


class Unsigned(NamedTuple):
    """A signature's header without the signature; `headers` are the canonical ones it signs."""

    opening: _Opening
    body_hash: bytes
    headers: bytes

    @property
    def key(self) -> SigningKey:
        return self.opening.key

    def sign(self) -> bytes:
        """The signature, which `lines` wants to have."""
        return self.key.sign(
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
        self._known: dict[bytes, bytes] = {}  #: canonical forms of pieces
        self._plan = lru_cache(maxsize=8)(self._planned)

    def signatures(self, chunks: Sequence[bytes], at: datetime) -> bytes:
        """The header lines to put before a message, one for each key.

        `chunks` are a message's pieces: the first its header lines, the rest what follows.
        """
        return b"".join(one.lines(one.sign()) for one in self.unsigned(chunks, at))

    def unsigned(self, chunks: Sequence[bytes], at: datetime) -> list[Unsigned]:
        """The same, one for each key, before anything is signed."""
        fields = canonical_fields(chunks[0])
        present, openings = self._plan(tuple(fields), at)
        body_hash = _base64(self._body_digest(chunks[1:]))
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
            canonical = b"dkim-signature:" + _relaxed(field.replace("\r\n", "").encode())
            openings.append(_Opening(key, f"DKIM-Signature: {field}".encode("ascii"), canonical))
        return present, tuple(openings)

    def _body_digest(self, pieces: Sequence[bytes]) -> bytes:
        """Of the canonical body; `pieces` begin with the blank line behind the headers."""
        known = self._known.get
        canonical = [known(piece) or self._canonical(piece) for piece in pieces]
        if _HANGS in canonical or not canonical[0].startswith(b"\r\n"):
            return hashlib.sha256(canonical_body(b"".join(pieces).removeprefix(b"\r\n"))).digest()
        canonical[0] = canonical[0][2:]
        return hashlib.sha256(_ended(b"".join(canonical))).digest()

    def _canonical(self, piece: bytes) -> bytes:
        if len(self._known) >= _PIECES:
            self._known.clear()
        canonical = self._known[piece] = _alone(piece)
        return canonical


def _base64(raw: bytes) -> bytes:
    return binascii.b2a_base64(raw, newline=False)


def _alone(piece: bytes) -> bytes:
    """A piece's canonical form; `_HANGS` when that hangs on the piece behind it.

    Blanks that two pieces share are such, which our own messages never have.
    """
    if b" " not in piece and b"\t" not in piece:
        return _HANGS if piece.endswith(b"\r") else piece
    if piece.endswith((b" ", b"\t", b"\r")):
        return _HANGS
    if b"  " in piece or b" \r" in piece or b"\t" in piece:
        return canonical_piece(piece)
    return piece


def canonical_piece(piece: bytes) -> bytes:
    """A part of a body, relaxed (RFC 6376 section 3.4.4), but for the empty lines at its end."""
    return _BLANKS_INSIDE.sub(b" ", _BLANKS_AT_END.sub(b"", piece))


def canonical_body(body: bytes) -> bytes:
    """A whole body, relaxed."""
    return _ended(canonical_piece(body.rstrip(b" \t")))


def _ended(body: bytes) -> bytes:
    """Without the empty lines at the end, and ending in CRLF unless nothing is there."""
    while body.endswith(b"\r\n\r\n"):
        body = body[:-2]
    if body in (b"", b"\r\n"):
        return b""
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def canonical_fields(head: bytes) -> dict[str, bytes]:
    """Relaxed lines by lower-case name (RFC 6376 section 3.4.2); ours stand once each."""
    unfolded = head.replace(b"\r\n ", b" ")
    if b"\t" in unfolded:
        unfolded = unfolded.replace(b"\r\n\t", b" ")
    return dict(map(_field, unfolded.split(b"\r\n")[:-1]))


@lru_cache(maxsize=64)  # most headers of a message are those of the next one
def _field(line: bytes) -> tuple[str, bytes]:
    """The name in lower case and the whole line, relaxed, with its CRLF."""
    name, _, value = line.partition(b":")
    name = name.strip().lower()
    return name.decode("ascii"), b"%b:%b\r\n" % (name, _relaxed(value))


def _relaxed(value: bytes) -> bytes:
    """Of a header's value on one line."""
    if b"  " in value or b"\t" in value:
        value = _BLANKS_INSIDE.sub(b" ", value)
    return value.strip(b" ")
