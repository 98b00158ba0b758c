"""What a process does until it is killed: `python -m tests.contract.dying WORK FOLDER [SHARE]`.

It says `ready` once it is at work, and goes on until the end.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from composer.audience.csv_file import SubscriberFile
from composer.sending.ledger import Share
from composer.sending.provider import Answer, Outcome
from tests.contract.ledgers import Desk
from tests.unit.storage.lists import open_list


def bring_in(desk: Desk, folder: Path) -> None:
    with closing(SubscriberFile(folder / "large.csv", desk.database.store.fields)) as file:
        desk.database.subscribers.import_file(file, lambda _: None, lambda _: say("ready"))


def freeze(desk: Desk, _: Path) -> None:
    prepared = desk.prepare()
    say("ready")
    desk.freeze(prepared)


def deliver(desk: Desk, folder: Path) -> None:
    """Hand over in groups of seven; `handed.txt` is what the outside world saw."""
    mailing = desk.ledger.latest()
    assert mailing is not None
    ledger = desk.ledger
    if share := sys.argv[3:]:
        ledger = ledger.of_share(Share(mailing.id, int(share[0]), int(share[1])))
    with ledger.sender(mailing.id), (folder / "handed.txt").open("a", buffering=1) as handed:
        ledger.recover(mailing.id)
        while batch := ledger.begin(mailing.id, 7):
            say("ready")
            for delivery in batch:
                handed.write(f"{delivery.recipient.address}\n")
            ledger.finish([Outcome(d.id, Answer.ACCEPTED) for d in batch])


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    work, folder = sys.argv[1], Path(sys.argv[2])
    {"import": bring_in, "freeze": freeze, "deliver": deliver}[work](
        Desk(open_list(folder)), folder
    )


if __name__ == "__main__":
    main()
