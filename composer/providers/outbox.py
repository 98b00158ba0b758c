"""The provider that reaches nobody: a folder with one `.eml` file for each delivery."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from pathlib import Path

from composer.errors import Place, StorageError
from composer.model.address import Address
from composer.model.delivery import Delivery
from composer.providers.outcomes import accepted, written
from composer.sending.provider import Batch, Capabilities, Outcome

BATCH_SIZE = 500
ADDRESS_CHARS = 120  # of a file name, which may have 255 bytes

_UNSAFE = re.compile(r"[^A-Za-z0-9@.+-]")


class OutboxProvider:
    """Writes into `folder`, which is made when the first batch comes.

    The files of a batch appear when all of them are on the disk: a full disk or a crash
    leaves none, or whole ones. A delivery that comes again replaces its own file.
    """

    name = "outbox"
    capabilities = Capabilities(batch_size=BATCH_SIZE, live=False)

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, batch: Batch) -> Sequence[Outcome]:
        """Write every message of `batch`.

        Raises:
            StorageError: the folder cannot be written; nothing of the batch counts as taken.
        """
        outcomes: list[Outcome] = []
        messages: list[tuple[str, list[bytes]]] = []
        for delivery in batch.deliveries:
            message = written(batch, delivery)
            if isinstance(message, Outcome):
                outcomes.append(message)
                continue
            name = file_name(delivery)
            messages.append((name, message))
            outcomes.append(accepted(delivery, name.rpartition("_")[2]))
        with _storage_errors(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_all(self._folder, messages)
        return outcomes

    def try_out(self, own_domain: str) -> str:
        """See that a file can be written."""
        del own_domain
        probe = self._folder / ".probe"
        with _storage_errors(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(probe, b"?")
            probe.unlink()
        return f"the outbox can be written: {self._folder.name}/"

    def close(self) -> None:
        """There is nothing to give back."""


def file_name(delivery: Delivery) -> str:
    """`ADDRESS_ID.eml`: a person finds the reader, and no two deliveries share a name.

    An id holds no `_`, so whatever became of the address the name ends in the whole id.
    """
    return f"{_file_start(delivery.recipient.address)}_{delivery.id}.eml"


def letters_to(folder: Path, address: Address) -> list[Path]:
    """The letters to `address` in any outbox below `folder`, whoever else is called alike."""
    begin = f"{_file_start(address)}_".lower()
    named = (path for path in folder.rglob("*.eml") if path.name.lower().startswith(begin))
    return sorted(path for path in named if _is_to(path, address))


def _is_to(path: Path, address: Address) -> bool:
    with path.open("rb") as file:
        head = BytesHeaderParser().parse(file)
    return any(to.lower() == address.key for _, to in getaddresses(head.get_all("To", [])))


def _file_start(address: Address) -> str:
    return _UNSAFE.sub("-", str(address))[:ADDRESS_CHARS].lstrip(".-")


def _write_all(folder: Path, messages: Sequence[tuple[str, list[bytes]]]) -> None:
    """Everything under temporary names, then to the disk, and only then under its own name."""
    partials: list[Path] = []
    try:
        for name, chunks in messages:
            partials.append(folder / f".{name.rpartition('_')[2]}.partial")
            _write(partials[-1], b"".join(chunks))
        # Each file is synced after all were written: the disk has had time to start.
        for partial in partials:
            _sync(partial)
        for partial, (name, _) in zip(partials, messages, strict=True):
            partial.replace(folder / name)
    except BaseException:
        for partial in partials:
            partial.unlink(missing_ok=True)
        raise
    _sync(folder)


def _write(path: Path, content: bytes) -> None:
    """Only the owner may read it: the message holds a reader's own links."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
    finally:
        os.close(handle)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _storage_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"the outbox cannot be written: {error.strerror or error}",
            place=Place(folder),
            hint="make room or mend its permissions; the same command goes on from here",
        ) from error
