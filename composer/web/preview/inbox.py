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
    Client("Gmail, desktop", line=90),
    Client("Gmail, phone", subject=38, preheader=42),
    Client("Apple Mail, desktop", subject=52, preheader=140),
    Client("Apple Mail, phone", subject=36, preheader=90),
    Client("Outlook, desktop", subject=46, preheader=52),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What is seen, and what is cut off; `own` is the letter, the others its neighbours."""

    sender: str
    subject: str
    subject_cut: str
    preheader: str
    preheader_cut: str
    time: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Inbox:
    """The rows of one client; `kind` is `line` or `stack`."""

    name: str
    kind: str
    rows: Sequence[Row]


#: What stands around it in everybody's inbox: sender, subject, preheader, time.
NEIGHBOURS = (
    ("Ana Example", "Re: Minutes of Tuesday", "Thank you, two small corrections below.", "09:12"),
    (
        "Northern Rail",
        "Your ticket to Osterby",
        "Coach 4, seat 31. Show this at the gate.",
        "08:40",
    ),
)


def inboxes(letter: Letter, sender: str) -> Sequence[Inbox]:
    """The letter in the list of each client, between two others."""
    first, last = NEIGHBOURS
    return [
        Inbox(
            client.name,
            "line" if client.line else "stack",
            (
                row(client, *first),
                row(client, sender, letter.subject, letter.preheader, "08:55", own=True),
                row(client, *last),
            ),
        )
        for client in CLIENTS
    ]


def row(
    client: Client, sender: str, subject: str, preheader: str, time: str, *, own: bool = False
) -> Row:
    """A letter as `client` cuts it."""
    first = client.subject or client.line
    rest = client.preheader or max(0, client.line - len(subject) - 3)
    return Row(
        sender, subject[:first], subject[first:], preheader[:rest], preheader[rest:], time, own
    )
