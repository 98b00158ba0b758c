"""Good rows on their way to the database: shaped, and put aside in an unnamed temporary file.

Memory does not grow with the list, and the database is not locked while a file is read.
"""

from __future__ import annotations

import base64
import marshal
import os
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from json.encoder import encode_basestring
from pathlib import Path
from typing import IO, Any

from composer.audience.csv_file import OWN_COLUMNS, REMEMBERED_VALUES, Row, RowError, SubscriberFile
from composer.errors import Place, StorageError
from composer.storage.identity import keyed_hash
from composer.storage.tables import TypedColumn
from composer.storage.typed_values import typed_value

_ROWS = 5_000
_TOKEN_BYTES, _TOKEN_CHARS = 18, 24
_BUCKETS = 64

#: Columns of every staged row, after its hash and before its typed columns.
COLUMNS = (
    *("address", "domain", "confirmed", "locale", "consent_source", "consent_time"),
    *("token", "fields"),
)
#: A row as it is staged: line, hash, and the values of `COLUMNS` and the typed columns.
Staged = tuple[Any, ...]


class Shape:
    """How a row of this file becomes a row of the table."""

    def __init__(self, salt: bytes, typed: Sequence[TypedColumn], file: SubscriberFile) -> None:
        names = file.columns.names
        self.file = file
        self.salt = salt
        self.label = names[file.columns.address]
        self.own = {name: i for i, name in enumerate(names) if name in OWN_COLUMNS}
        self.fields = [
            (name, i)
            for i, name in enumerate(names)
            if i != file.columns.address and name not in self.own
        ]
        at = dict(self.fields)
        self.typed = [(c, at[c.field]) for c in typed if c.field in at]

    def stager(self) -> Callable[[Row, str], Staged]:
        """A function from a row and a token to what is staged; everything looked up before."""
        salt = self.salt
        members = [(f"{encode_basestring(name)}:", i) for name, i in self.fields]
        typed = [(_Typed(column), i) for column, i in self.typed]
        blank = len(self.file.columns.names)
        locale, source, time = (
            self.own.get(name, blank) for name in ("locale", "consent_source", "consent_time")
        )

        def stage(row: Row, token: str) -> Staged:
            line, local, domain, confirmed, cells = row
            cells.append("")  # what a column holds that the file does not have
            fields = ",".join(
                [name + encode_basestring(cells[i]) for name, i in members if cells[i]]
            )
            address = f"{local}@{domain}"
            return (
                line,
                keyed_hash(salt, address.lower().encode()),
                address,
                domain,
                confirmed,
                cells[locale],
                cells[source],
                cells[time],
                token,
                f"{{{fields}}}",
                *[known[cells[i]] for known, i in typed],
            )

        return stage


class _Typed(dict[str, Any]):
    """The typed values of a column by their texts; each is read once, as long as there is room."""

    def __init__(self, column: TypedColumn) -> None:
        super().__init__({"": None})
        self._column = column

    def __missing__(self, text: str) -> Any:
        value = typed_value(text, self._column)
        if len(self) < REMEMBERED_VALUES:
            self[text] = value
        return value


class Stage:
    """Good rows in a temporary file; of each, eight bytes stay in memory to find repeats by."""

    def __init__(self, folder: Path, file: IO[bytes]) -> None:
        self._folder = folder
        self._file = file
        self._buckets = [array("Q") for _ in range(_BUCKETS)]

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[Stage]:
        """In `folder`, in a file without a name: it is gone when we are."""
        with _told_plainly(folder):
            file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed below
        with file:
            yield cls(folder, file)

    def fill(
        self,
        shape: Shape,
        refused: Callable[[RowError], None],
        progress: Callable[[int], None],
    ) -> int:
        """Stage every good row; returns how many were refused."""
        stage, wrong = shape.stager(), 0
        rows = shape.file.rows()
        while batch := list(islice(rows, _ROWS)):
            good = [row for row in batch if isinstance(row, Row)]
            if len(good) < len(batch):
                wrong += len(batch) - len(good)
                for error in (e for row in batch if not isinstance(row, Row) for e in row):
                    refused(error)
            staged = list(map(stage, good, _tokens(len(good))))
            self._remember([row[1][:8] for row in staged])
            packed = marshal.dumps(staged)
            with _told_plainly(self._folder):
                self._file.write(len(packed).to_bytes(4))
                self._file.write(packed)
            progress(len(batch))
        return wrong

    def _remember(self, prefixes: list[bytes]) -> None:
        """Sorted into buckets, so that repeats can be looked for in one after the other."""
        numbers = array("Q")
        numbers.frombytes(b"".join(prefixes))
        ordered = sorted(numbers)
        at = 0
        for bucket, limit in zip(self._buckets, _LIMITS, strict=True):
            end = bisect_left(ordered, limit, at)
            bucket.extend(ordered[at:end])
            at = end

    def repeated_prefixes(self) -> frozenset[bytes]:
        """What hashes begin with that were staged more than once; usually nothing."""
        repeated: set[int] = set()
        for bucket in self._buckets:
            if len(set(bucket)) != len(bucket):
                seen: set[int] = set()
                for number in bucket:
                    (repeated if number in seen else seen).add(number)
        self._buckets.clear()
        return frozenset(array("Q", [number]).tobytes() for number in repeated)

    def batches(self) -> Iterator[list[Staged]]:
        """What was staged, in the order of the file."""
        self._file.seek(0)
        while size := int.from_bytes(self._file.read(4)):
            yield marshal.loads(self._file.read(size))  # noqa: S302 - our own, nameless file


#: Where each bucket of eight-byte numbers ends.
_LIMITS = [(n + 1) * (1 << 64) // _BUCKETS for n in range(_BUCKETS)]


def new_token() -> str:
    """144 random bits: what names a reader to our pages, for ever."""
    return next(_tokens(1))


def _tokens(count: int) -> Iterator[str]:
    """`count` tokens of 144 random bits each."""
    text = base64.urlsafe_b64encode(os.urandom(_TOKEN_BYTES * count)).decode("ascii")
    for start in range(0, len(text), _TOKEN_CHARS):
        yield text[start : start + _TOKEN_CHARS]


@contextmanager
def _told_plainly(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"the import cannot be staged: {error.strerror}; nothing was changed",
            place=Place(folder),
            hint="make room, and run it again",
        ) from error
