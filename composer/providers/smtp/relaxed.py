"""The relaxed forms that DKIM signs (RFC 6376 section 3.4): blanks may change, words may not.

A letter's literals and most of its header lines are those of the letter before it, so what was
worked out for one is remembered for the next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_PIECES = 1024  #: whose canonical form is remembered; an edition has a few hundred literals

_BLANKS_AT_END = re.compile(rb"[ \t]+(?=\r\n)")
_BLANKS_INSIDE = re.compile(rb"[ \t]{2,}|\t")


class Bodies:
    """Canonical forms of bodies that share most of their pieces; used from any thread."""

    def __init__(self) -> None:
        self._known: dict[bytes, bytes] = {}  #: canonical forms that hang on no neighbour

    def canonical(self, pieces: Sequence[bytes]) -> bytes:
        """Of a whole body; `pieces` begin with the blank line behind the headers."""
        if len(self._known) > _PIECES:
            self._known = {}  # not cleared: other threads may be looking
        known = self._known
        for piece in set(pieces).difference(known):
            if (form := _alone(piece)) is None:
                return _whole(pieces)
            known[piece] = form
        first = known[pieces[0]]
        if not first.startswith(b"\r\n"):
            return _whole(pieces)
        return _ended(b"".join([first[2:], *map(known.__getitem__, pieces[1:])]))


def _whole(pieces: Sequence[bytes]) -> bytes:
    return canonical_body(b"".join(pieces).removeprefix(b"\r\n"))


def _alone(piece: bytes) -> bytes | None:
    """A piece's canonical form; None when that hangs on the piece behind it.

    Blanks that two pieces share are such, which our own messages never have.
    """
    if piece.endswith((b"\r", b" ", b"\t")):
        return None
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


class Heads:
    """Canonical header lines of messages that share most of them; used from any thread."""

    def __init__(self) -> None:
        self._last: dict[bytes, tuple[str, bytes]] = {}  #: by line, of one message

    def fields(self, head: bytes) -> dict[str, bytes]:
        """Relaxed lines by lower-case name (RFC 6376 section 3.4.2); ours stand once each."""
        unfolded = head.replace(b"\r\n ", b" ")
        if b"\t" in unfolded:
            unfolded = unfolded.replace(b"\r\n\t", b" ")
        lines = unfolded.split(b"\r\n")
        lines.pop()
        known = self._last.get
        fields = [known(line) or _field(line) for line in lines]
        self._last = dict(zip(lines, fields, strict=True))
        return dict(fields)


def _field(line: bytes) -> tuple[str, bytes]:
    """The name in lower case and the whole line, relaxed, with its CRLF."""
    name, _, value = line.partition(b":")
    text, start = _name(name)
    return text, b"%b%b\r\n" % (start, relaxed(value))


@lru_cache(maxsize=64)
def _name(name: bytes) -> tuple[str, bytes]:
    """In lower case, and the beginning of its line."""
    name = name.strip().lower()
    return name.decode("ascii"), name + b":"


def relaxed(value: bytes) -> bytes:
    """Of a header's value on one line."""
    if b"  " in value or b"\t" in value:
        value = _BLANKS_INSIDE.sub(b" ", value)
    return value.strip(b" ")
