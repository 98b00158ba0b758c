"""What a process does until it is killed: work for `tests.forking`.

It says `ready` once it is at work, and goes on until the end.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from composer.audience.csv_file import SubscriberFile
from composer.sending.ledger import Share
from composer.sending.provider import Answer, Outcome
from tests.contract.ledgers import Desk
from tests.forking import Say
from tests.unit.storage.lists import open_list


def bring_in(say: Say, folder: Path) -> None:
    desk = Desk(open_list(folder))
    with closing(SubscriberFile(folder / "large.csv", desk.database.store.fields)) as file:
        desk.database.subscribers.import_file(file, lambda _: None, lambda _: say("ready"))


def freeze(say: Say, folder: Path) -> None:
    desk = Desk(open_list(folder))
    prepared = desk.prepare()
    say("ready")
    desk.freeze(prepared)


def deliver(say: Say, folder: Path, share: Share | None = None) -> None:
    """Hand over in groups of seven; `handed.txt` is what the outside world saw."""
    ledger = Desk(open_list(folder)).ledger
    mailing = ledger.latest()
    assert mailing is not None
    if share:
        ledger = ledger.of_share(share)
    with ledger.sender(mailing.id), (folder / "handed.txt").open("a", buffering=1) as handed:
        ledger.recover(mailing.id)
        while batch := ledger.begin(mailing.id, 7):
            say("ready")
            for delivery in batch:
                handed.write(f"{delivery.recipient.address}\n")
            ledger.finish([Outcome(d.id, Answer.ACCEPTED) for d in batch])
