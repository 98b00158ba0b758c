"""Quoted-printable (RFC 2045 section 6.7), cut so that pieces can be spliced.

Every function works on text with LF line ends and gives wire bytes with CRLF. A wire line
holds at most 75 characters before its `=` or its end, so any piece may be followed by a soft
line break and no line is longer than 76. `From ` and `.` at the start of a wire line are
encoded: no mbox writer and no SMTP dot-stuffing touches them.
"""

from __future__ import annotations

import re
from functools import lru_cache

SOFT_BREAK = b"=\r\n"
_ROOM = 75  # RFC 2045 allows 76, the `=` of a soft line break included

_UNSAFE = re.compile(rb"[^\n\t -~]")
#: An encoded line that is sent as it is.
_PLAIN_WIRE = re.compile(rb"(?!\.|From )(?:[ -~]{0,74}[!-~])?")
_PLAIN_LINE = re.compile(r"(?!\.|From )(?:[ -<>-~]{0,74}[!-<>-~])?")


@lru_cache(maxsize=64)  # a value stands in both variants, and neighbours on a list share some
def quoted_value(text: str) -> bytes:
    """A recipient's value: it stands between soft line breaks or line ends, wherever it is.

    Raises:
        UnicodeEncodeError: the text holds half of a surrogate pair.
    """
    if _PLAIN_LINE.fullmatch(text):
        return text.encode("ascii")
    return b"\r\n".join(_line(line, closed=True) for line in _encoded(text))


def quoted_literal(text: str, *, after_slot: bool, before_slot: bool) -> bytes:
    """What stands around the slots, with the soft line breaks that set its neighbours apart.

    A line end does what a soft line break would do, so where there is one nothing is added.
    """
    if not text:
        return SOFT_BREAK if after_slot and before_slot else b""
    lines = _encoded(text)
    head = SOFT_BREAK if after_slot and lines[0] else b""
    tail = SOFT_BREAK if before_slot and lines[-1] else b""
    last = _line(lines.pop(), closed=not before_slot)
    return head + b"\r\n".join([*[_line(line, closed=True) for line in lines], last]) + tail


def _encoded(text: str) -> list[bytes]:
    """The lines of `text` with `=XX` for what is not printable ASCII; of any length."""
    # A page is full of `=`, and has few others.
    return _UNSAFE.sub(_hex, text.encode().replace(b"=", b"=3D")).split(b"\n")


def _line(encoded: bytes, *, closed: bool) -> bytes:
    """One line as wire lines; `closed` when no soft line break follows the last."""
    if _PLAIN_WIRE.fullmatch(encoded):
        return encoded
    if closed and encoded[-1:] in (b" ", b"\t"):
        encoded = encoded[:-1] + b"=%02X" % encoded[-1]
    wire = []
    start = 0
    while True:
        shield = b""
        if encoded.startswith((b".", b"From "), start):
            shield = b"=%02X" % encoded[start]
            start += 1
        end = start + _ROOM - len(shield)
        if end >= len(encoded):
            wire.append(shield + encoded[start:])
            return SOFT_BREAK.join(wire)
        end -= (2 - encoded[end - 2 : end].find(b"=")) % 3  # never inside `=XX`
        wire.append(shield + encoded[start:end])
        start = end


def _hex(match: re.Match[bytes]) -> bytes:
    return b"=%02X" % match[0][0]
