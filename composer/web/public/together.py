"""Writes that come while another is under way are committed together, with the next one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass
class _Waiting(Generic[Item, Result]):
    item: Item
    results: list[Result] = field(default_factory=list)
    error: BaseException | None = None
    done: bool = False


class Together(Generic[Item, Result]):
    """`write` is given all that waits, in its order, by whichever thread has the turn.

    A disk is waited for once, and whoever waits goes on at once: a file's own lock would make
    them sleep.
    """

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Result]], most: int = 100):
        self._write = write
        self._most = most
        self._turn = threading.Lock()
        self._waiting: list[_Waiting[Item, Result]] = []
        self._list = threading.Lock()

    def do(self, item: Item) -> Result:
        """What `write` says of `item`; an error of a write is everybody's who was in it."""
        mine: _Waiting[Item, Result] = _Waiting(item)
        with self._list:
            self._waiting.append(mine)
        while not mine.done:
            with self._turn:
                if not mine.done:
                    self._next()
        if mine.error is not None:
            raise mine.error
        return mine.results[0]

    def _next(self) -> None:
        with self._list:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            results = self._write([one.item for one in batch])
            for one, result in zip(batch, results, strict=True):
                one.results.append(result)
        except BaseException as error:  # noqa: BLE001 - raised again by each who waits for it
            for one in batch:
                one.error = error
        for one in batch:
            one.done = True
