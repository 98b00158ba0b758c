"""Coroutines, run where no other loop is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def finish(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns; its errors are raised here.

    In a thread of its own: a browser's driver keeps a loop in the thread of its tests, for as long
    as the process runs, and any test may come after one of these.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
