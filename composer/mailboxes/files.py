"""Mailboxes that are files: a Maildir, an mbox, or single messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from composer.errors import NamedError, Place
from composer.events.mail.letter import MAX_BYTES
from composer.events.mail.mailbox import Held


@dataclass(frozen=True, slots=True)
class Maildir:
    """What is in `new/`; read messages move to `cur/` as seen, others as unseen."""

    folder: Path

    @classmethod
    def of(cls, folder: Path) -> Maildir:
        """Raises NamedError when it is none."""
        if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
            raise NamedError(
                "this is not a Maildir: it has no new/ and cur/",
                place=Place(folder),
                hint='source = "maildir:/var/mail/bounces"',
            )
        return cls(folder)

    def waiting(self) -> Iterator[Held]:
        for path in sorted((self.folder / "new").iterdir()):
            # A mail server writes elsewhere and renames; what begins with a dot is no message.
            if path.name.startswith(".") or not path.is_file():
                continue
            try:
                with path.open("rb") as file:
                    yield Held(path.name, file.read(MAX_BYTES))
            except FileNotFoundError:
                continue  # somebody else's program was quicker

    def settle(self, read: Sequence[str], left: Sequence[str]) -> None:
        for names, flags in ((read, ":2,S"), (left, ":2,")):
            for name in names:
                base = name.partition(":2,")[0]
                try:
                    (self.folder / "new" / name).rename(self.folder / "cur" / f"{base}{flags}")
                except FileNotFoundError:
                    continue

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class MessageFile:
    """An mbox or one message; nothing is changed: reading it again adds nothing."""

    path: Path

    def waiting(self) -> Iterator[Held]:
        with self.path.open("rb") as file:
            first = file.readline(1_000)
            if not first.startswith(b"From "):
                yield Held("1", first + file.read(MAX_BYTES))
                return
            number, kept = 1, b""
            for line in file:
                if line.startswith(b"From "):
                    yield Held(str(number), kept)
                    number, kept = number + 1, b""
                elif len(kept) < MAX_BYTES:
                    # What began with From was quoted by whoever wrote the mbox.
                    kept += line[1:] if line.startswith(b">From ") else line
            yield Held(str(number), kept)

    def settle(self, read: Sequence[str], left: Sequence[str]) -> None:
        """A file of messages is left as it is."""

    def close(self) -> None:
        """Nothing is open."""
