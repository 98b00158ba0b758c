"""When Python looks for rings of garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Objects, before it looks: of what a letter is made of, thousands come and go, and few stay.
ALLOCATIONS = 50_000


@contextmanager
def rarely_collecting() -> Iterator[None]:
    """For as long as much of the same is made, letter after letter."""
    before = gc.get_threshold()
    gc.set_threshold(ALLOCATIONS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
