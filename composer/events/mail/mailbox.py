"""The mailbox that bounces come home to: the port that its kinds plug into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Held:
    """A message; `id` names it in its mailbox, for as long as that is open."""

    id: str
    raw: bytes = field(repr=False)


class Mailbox(Protocol):
    """Where messages wait. Its trouble is told as `Unreachable` or `ConfigError`."""

    def waiting(self) -> Iterator[Held]:
        """What nobody has read yet, oldest first; nothing is changed by looking."""
        ...

    def settle(self, read: Sequence[str], left: Sequence[str]) -> None:
        """Called once what they tell is written down for good.

        `read` were understood and are put away; `left` are for people, and stay as new to them.
        """
        ...

    def close(self) -> None:
        """Safe to call twice."""
        ...
