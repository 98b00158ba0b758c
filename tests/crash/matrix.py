"""One mailing, killed at one moment, then sent to its end: who got it, and what the books say."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path

from composer.model.delivery import Status
from composer.model.mailing import Books
from tests.contract.ledgers import Desk
from tests.crash.senders import CONNECTIONS, GROUP, Job, Senders
from tests.databases import Databases
from tests.servers.sendgrid_like import Break, Reply, SendgridServer
from tests.servers.smtp_sink import Rule, SmtpServer
from tests.unit.storage.lists import open_list

#: Who may be mailed; a tenth of the list is not confirmed.
READERS = 24
PROVIDERS = ("outbox", "smtp", "sendgrid")

#: What may be unknown after one crash: a group of each connection.
IN_FLIGHT = GROUP * CONNECTIONS


@dataclass(frozen=True)
class Told:
    """What is true after a mailing that was killed and then sent to its end.

    `moment` is where it died; `lost` were accepted and never arrived, or are in no column at all;
    `doubled` arrived more than once.
    """

    moment: str
    killed: bool
    unknown: int
    lost: int
    doubled: int
    balanced: bool

    @property
    def sound(self) -> bool:
        return not self.lost and not self.doubled and self.balanced and self.unknown <= IN_FLIGHT


class Readers:
    """Those at the other end of a provider: what has arrived for whom, since it was last asked."""

    def __init__(self, port: int, arrived: Callable[[Path], Counter[str]]) -> None:
        self.port = port
        self.arrived = arrived


@contextmanager
def readers_of(
    provider: str,
    rules: Sequence[Rule] = (),
    script: Sequence[Reply | Break] = (),
    *,
    delay_s: float = 0.0,
) -> Iterator[Readers]:
    """`rules` are for a mail server, `script` for the API."""
    with ExitStack() as stack:
        match provider:
            case "smtp":
                smtp = stack.enter_context(SmtpServer(rules, delay_s=delay_s))
                yield Readers(smtp.port, lambda _: _by_smtp(smtp))
            case "sendgrid":
                api = stack.enter_context(SendgridServer(script, delay_s=delay_s))
                yield Readers(api.port, lambda _: _by_api(api))
            case _:
                yield Readers(0, _in_outbox)


def _by_smtp(server: SmtpServer) -> Counter[str]:
    server.settle()
    return Counter(one.recipient for one in server.taken)


def _by_api(server: SendgridServer) -> Counter[str]:
    server.settle()
    return Counter(one.to for one in server.arrived)


def _in_outbox(folder: Path) -> Counter[str]:
    """A delivery that comes again replaces its own file, so nobody can get two."""
    parser = BytesHeaderParser(policy=default)
    paths = (folder / "outbox").glob("*.eml")
    letters = (parser.parsebytes(path.read_bytes()) for path in paths)
    return Counter(str(letter["To"].addresses[0].addr_spec) for letter in letters)


@dataclass
class Sites:
    """New sites with a frozen mailing, on one kind of database."""

    base: Path
    databases: Databases | None = None  #: None is SQLite
    readers: int = READERS
    _made: int = field(default=0)
    _forgotten: int = field(default=0)

    def __post_init__(self) -> None:
        self._model = self.base / "model"
        if self.databases is not None:
            self.databases.place(self._model)
        desk = Desk.of(self._model, self.readers * 10 // 9 + 1)
        assert desk.mail().matched >= self.readers
        desk.database.store.engine.dispose()

    def new(self) -> Path:
        """A copy of the model; on a server the one database, in which nothing was sent."""
        self._made += 1
        folder = self.base / f"site{self._made}"
        shutil.copytree(self._model, folder)
        if self.databases is not None:
            desk = Desk(open_list(folder))
            with desk.database.store.writing() as connection:
                for table in ("mailings", "spent", "pauses"):
                    connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - our own
            desk.mail()
            desk.database.store.engine.dispose()
        return folder

    def forget(self) -> None:
        """Throw away what was made since: a matrix makes thousands."""
        for n in range(self._forgotten + 1, self._made + 1):
            shutil.rmtree(self.base / f"site{n}")
        self._forgotten = self._made


def statuses(folder: Path) -> tuple[Books, Mapping[str, Status]]:
    """The books of the newest mailing, and each reader's line."""
    database = open_list(folder)
    mailing = database.ledger.latest()
    assert mailing is not None
    try:
        lines = {line.address: line.status for line in database.ledger.every_line(mailing.id)}
        return database.ledger.books(mailing.id), lines
    finally:
        database.store.engine.dispose()


def moments_of(sites: Sites, senders: Senders, provider: str, *, workers: int = 1) -> int:
    """How many moments an undisturbed mailing has."""
    with readers_of(provider) as readers:
        folder = sites.new()
        job = Job(str(folder), provider, readers.port, shares=workers > 1)
        others = [replace(job, log=f"moment{n}.txt") for n in range(1, workers)]
        assert set(senders.run(job, *others)) == {0}
        return int((folder / job.log).read_text().rpartition(" ")[2])


def killed_at(
    sites: Sites, senders: Senders, provider: str, moment: int, *, workers: int = 1
) -> Told:
    """Kill a sender at that moment, look, let another one finish, and look again.

    With several `workers`, each delivers shares, and the others go on beside the one that dies.
    """
    with readers_of(provider) as readers:
        folder = sites.new()
        usual = Job(str(folder), provider, readers.port, shares=workers > 1)
        others = [replace(usual, log=f"moment{n}.txt") for n in range(1, workers)]
        ends = senders.run(replace(usual, kill_at=moment), *others)
        killed = ends[0] == -9
        where = (folder / usual.log).read_text()
        there = readers.arrived(folder)
        first = told_of(where, folder, there, killed=killed)
        assert senders.run(replace(usual, shares=False)) == [0]
        books, lines = statuses(folder)
        assert not books.count(Status.PLANNED) + books.count(Status.ATTEMPTING), where
        last = told_of(where, folder, readers.arrived(folder), killed=killed)
        assert len(lines) >= sites.readers
        return Told(
            moment=where,
            killed=killed,
            unknown=max(first.unknown, last.unknown),
            lost=first.lost + last.lost,
            doubled=last.doubled,
            balanced=first.balanced and last.balanced,
        )


def told_of(where: str, folder: Path, there: Counter[str], *, killed: bool = False) -> Told:
    """The ledger beside what has arrived."""
    books, lines = statuses(folder)
    gone = {Status.ACCEPTED, Status.UNKNOWN, Status.ATTEMPTING}
    return Told(
        moment=where,
        killed=killed,
        unknown=books.count(Status.UNKNOWN) + books.count(Status.ATTEMPTING),
        # Accepted and not there; or there, and the ledger would send it again.
        lost=sum(1 for a, s in lines.items() if s is Status.ACCEPTED and not there[a]),
        doubled=sum(1 for a, n in there.items() if n > 1 or lines[a] not in gone),
        balanced=books.balanced,
    )
