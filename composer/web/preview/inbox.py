"""How inboxes show a letter before it is opened: who, subject and preheader, cut where they cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from composer.web.preview.letters import Letter


@dataclass(frozen=True, slots=True)
class Client:
    """`line` is the characters of one row where subject and preheader share it.

    Where they stand below each other, `subject` and `preheader` are the characters of each.
    Widths depend on fonts and windows: these are usual ones, to judge by and not to rely on.
    """

    name: str
    line: int = 0
    subject: int = 0
    preheader: int = 0


CLIENTS = (
    Client("Gmail, desktop", line=110),
    Client("Gmail, phone", subject=38, preheader=42),
    Client("Apple Mail, desktop", subject=52, preheader=140),
    Client("Apple Mail, phone", subject=36, preheader=90),
    Client("Outlook, desktop", subject=46, preheader=52),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What is seen, and what is cut off."""

    client: str
    sender: str
    subject: str
    subject_cut: str
    preheader: str
    preheader_cut: str


def rows(letter: Letter, sender: str) -> Sequence[Row]:
    """One row for each client."""
    return [_row(client, letter, sender) for client in CLIENTS]


def _row(client: Client, letter: Letter, sender: str) -> Row:
    subject, preheader = letter.subject, letter.preheader
    first = client.subject or client.line
    rest = client.preheader or max(0, client.line - len(subject) - 3)
    return Row(
        client.name, sender, subject[:first], subject[first:], preheader[:rest], preheader[rest:]
    )
