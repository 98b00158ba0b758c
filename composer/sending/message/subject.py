"""The subject of an edition, filled for one reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from composer.model.edition import Parts, Slot
from composer.rendering.encoders import fill
from composer.sending.message.words import squeezed


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
        """One line; runs of blanks become one, as empty values leave some."""
        if self.constant is not None:
            return self.constant
        return squeezed(fill(self.parts, values))
