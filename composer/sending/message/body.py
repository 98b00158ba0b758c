"""The body: every literal and picture encoded once, with holes for the readers' values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from composer.model.edition import Edition, Parts, Slot
from composer.rendering.encoders import encode, encoder_of
from composer.sending.message.links import is_own_url
from composer.sending.message.pictures import picture_part
from composer.sending.message.quoted import quoted_literal, quoted_value

_TEXT = (
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
)
_HTML = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"


@dataclass(frozen=True, slots=True)
class Body:
    """`order` picks the message out of the head, the encoded slots and the literals."""

    content_type: str  #: of the whole, folded
    slots: tuple[_Writing, ...]  #: distinct
    literals: tuple[bytes, ...] = field(repr=False)
    order: Callable[[tuple[bytes, ...]], tuple[bytes, ...]] = field(repr=False)

    @classmethod
    def of(cls, edition: Edition) -> Body:
        boundary = boundary_of(edition, "alternative")
        pieces = _joined(_pieces(edition, boundary))
        slots = tuple(dict.fromkeys(piece for piece in pieces if isinstance(piece, Slot)))
        literals = tuple(piece for piece in pieces if isinstance(piece, bytes))
        slot_at = {slot: 1 + index for index, slot in enumerate(slots)}
        literal_at = iter(range(1 + len(slots), 1 + len(slots) + len(literals)))
        places = [slot_at[p] if isinstance(p, Slot) else next(literal_at) for p in pieces]
        return cls(
            content_type=f'multipart/alternative;\r\n boundary="{boundary}"',
            slots=tuple(map(_Writing.of, slots)),
            literals=literals,
            order=itemgetter(0, *places),
        )

    def behind(self, head: bytes, values: Mapping[str, str]) -> list[bytes]:
        """The whole message in pieces; the literals are shared between all messages."""
        given = values.get
        wires = [
            default if (value := given(name)) is None else wire(value)
            for name, wire, default in self.slots
        ]
        return list(self.order((head, *wires, *self.literals)))


class _Writing(NamedTuple):
    """How a slot is filled: by the value of that name, as its context and the wire want it."""

    name: str
    wire: Callable[[str], bytes]
    default: bytes  #: where no reader's value is; `Filling` sees that there is one

    @classmethod
    def of(cls, slot: Slot) -> _Writing:
        default = b"" if slot.default is None else quoted_value(encode(slot.default, slot.context))
        if is_own_url(slot):
            return cls(slot.name, quoted_value, default)
        to_context = encoder_of(slot.context)

        @lru_cache(maxsize=64)  # neighbours on a list share some
        def wire(value: str) -> bytes:
            return quoted_value(to_context(value))

        return cls(slot.name, wire, default)


def boundary_of(edition: Edition, kind: str) -> str:
    """The same for the same edition; `=_` is in no quoted-printable and no base64 text."""
    return f"=_{kind}_{edition.digest.removeprefix('sha256:')[:24]}"


def _pieces(edition: Edition, boundary: str) -> Iterator[bytes | Slot]:
    line = f"--{boundary}".encode()
    yield b"\r\n" + line + b"\r\n" + _TEXT + b"\r\n"
    yield from _quoted(edition.text)
    yield b"\r\n" + line + b"\r\n"
    yield from _related(edition) if edition.images else _html(edition)
    yield b"\r\n" + line + b"--\r\n"


def _html(edition: Edition) -> Iterator[bytes | Slot]:
    yield _HTML + b"\r\n"
    yield from _quoted(edition.html)


def _related(edition: Edition) -> Iterator[bytes | Slot]:
    """RFC 2387: the page first, then the pictures that it names."""
    boundary = boundary_of(edition, "related")
    line = f"--{boundary}".encode()
    content_type = f'multipart/related; type="text/html";\r\n boundary="{boundary}"'
    yield f"Content-Type: {content_type}\r\n\r\n".encode() + line + b"\r\n"
    yield from _html(edition)
    for image in edition.images:
        yield b"\r\n" + line + b"\r\n" + picture_part(image)
    yield b"\r\n" + line + b"--\r\n"


@lru_cache(maxsize=8)  # editions that differ in their subject alone share the rest
def _quoted(parts: Parts) -> tuple[bytes | Slot, ...]:
    return tuple(_wire(parts))


def _wire(parts: Parts) -> Iterator[bytes | Slot]:
    last = len(parts) - 1
    for index, part in enumerate(parts):
        after_slot = index > 0 and isinstance(parts[index - 1], Slot)
        if isinstance(part, str):
            yield quoted_literal(part, after_slot=after_slot, before_slot=index < last)
        else:
            if after_slot:
                yield quoted_literal("", after_slot=True, before_slot=True)
            yield part


def _joined(pieces: Iterator[bytes | Slot]) -> list[bytes | Slot]:
    """Neighbouring literals become one."""
    joined: list[bytes | Slot] = []
    for piece in pieces:
        if isinstance(piece, bytes) and joined and isinstance(joined[-1], bytes):
            joined[-1] += piece
        elif piece:
            joined.append(piece)
    return joined
