"""The subject of an edition, filled for one reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from composer.errors import ComposerError
from composer.model.edition import Parts, Slot
from composer.sending.message.filling import in_context
from composer.sending.message.words import HIDDEN, squeezed


@dataclass(frozen=True, slots=True)
class Subject:
    """`constant` is the finished subject when nothing in it changes."""

    parts: Parts
    constant: str | None

    @classmethod
    def of(cls, prefix: str, parts: Parts) -> Subject:
        whole = (prefix, *parts)
        if any(isinstance(part, Slot) for part in parts):
            return cls(whole, None)
        return cls(whole, squeezed("".join(part for part in whole if isinstance(part, str))))

    def filled(self, values: Mapping[str, str]) -> str:
        """Without hidden characters; runs of blanks become one, as slots may leave some."""
        if self.constant is not None:
            return self.constant
        return squeezed("".join(_text(part, values) for part in self.parts))


def _text(part: str | Slot, values: Mapping[str, str]) -> str:
    if isinstance(part, str):
        return part
    value = values.get(part.name, part.default)
    if value is None:
        raise ComposerError(f"{part.name} has no value, and no default")
    return HIDDEN.sub("", in_context(part, value))
