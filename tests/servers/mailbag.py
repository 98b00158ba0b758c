"""What a server of the tests has taken, in memory or in a folder that outlives it."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterable
from email.parser import BytesHeaderParser
from email.policy import default
from itertools import count
from pathlib import Path


class Mailbag:
    """Thread-safe; with a folder, a message is on the disk before `add` returns."""

    def __init__(self, folder: Path | None = None, suffix: str = "eml") -> None:
        self._folder = folder
        self._suffix = suffix
        self._kept: list[bytes] = []
        self._lock = threading.Lock()
        self._numbers = count(1)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def add(self, message: bytes) -> int:
        """Returns the number of the message, from 1."""
        with self._lock:
            number = next(self._numbers)
            if self._folder is None:
                self._kept.append(message)
        if self._folder is not None:
            partial = self._folder / f"{number:07d}.partial"
            with partial.open("wb") as file:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(partial.with_suffix(f".{self._suffix}"))
        return number

    @property
    def messages(self) -> list[bytes]:
        """In the order of arrival."""
        if self._folder is None:
            with self._lock:
                return list(self._kept)
        return read_folder(self._folder, self._suffix)


def read_folder(folder: Path, suffix: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob(f"*.{suffix}"))]


def readers_of(messages: Iterable[bytes]) -> Counter[str]:
    """How often each address is the one that a message is to."""
    parser = BytesHeaderParser(policy=default)
    heads = (message.partition(b"\r\n\r\n")[0] for message in messages)
    return Counter(str(parser.parsebytes(head)["To"].addresses[0].addr_spec) for head in heads)


def count_folder(folder: Path, suffix: str) -> int:
    """How many whole messages there are."""
    with os.scandir(folder) as entries:
        return sum(entry.name.endswith(f".{suffix}") for entry in entries)
