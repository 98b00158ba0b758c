"""Who has no value for a slot: counted by a plan, told by the checks."""

from __future__ import annotations

from dataclasses import dataclass

#: So many of those who lack a value are named.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Lacking:
    """How many recipients have no value, and the addresses of the first few of them."""

    count: int = 0
    first: tuple[str, ...] = ()

    def __add__(self, other: Lacking) -> Lacking:
        return Lacking(self.count + other.count, (self.first + other.first)[:NAMED])

    @property
    def words(self) -> str:
        """`a@example.org, b@example.org and 12 more`; `""` when no address is at hand."""
        rest = self.count - len(self.first)
        named = ", ".join(self.first)
        return f"{named} and {rest:,} more" if named and rest else named
