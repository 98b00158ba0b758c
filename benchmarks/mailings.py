"""Mailings that are planned and frozen, ready to be delivered as often as a measurement wants.

The list is brought in and frozen by a process of its own: the memory of that is not a sender's.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from benchmarks.bench_message import LETTERHEAD, letter
from benchmarks.lists import SETTINGS
from composer.audience.csv_file import SubscriberFile
from composer.audience.parse import compile_rules
from composer.model.edition import Context, Edition, EditionKey, Slot
from composer.model.mailing import Mailing
from composer.model.settings import FieldType
from composer.sending.choice import Editions
from composer.sending.plan import Request, prepare
from composer.storage.database import Database, open_database
from tests.databases import URL_FILE, Databases

FIELDS = dict.fromkeys(("first_name", "last_name", "organisation", "city"), FieldType.TEXT)
ROWS = (
    "Chloë,O'Brien & Sons,Institute of Policy,Varsund",
    "Ana,Lind,Port Authority,Łódź",
    "Farid,Okafor,Ferry Line North,Varsund",
)


def write_list(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as out:
        out.write(f"email,{','.join(FIELDS)}\n")
        for n in range(rows):
            out.write(f"reader{n}@mail{n % 400}.example.org,{ROWS[n % len(ROWS)]}\n")


def edition_of(size: str) -> Edition:
    """`large`: 71 kB on the wire with 24 slots. `small`: 12 kB with 7."""
    if size == "large":
        return letter()
    name = Slot("subscriber.first_name", Context.HTML, "reader")
    city = Slot("subscriber.city", Context.HTML, "your town")
    page = str(letter().html[0])
    page = page[: len(page) // 2]
    return Edition(
        issue_id="2026-014",
        key=EditionKey("en"),
        subject=("Harbour Watch 14, for ", Slot("subscriber.first_name", Context.HEADER, "you")),
        text=(
            *("Dear ", replace(name, context=Context.TEXT), ",\n\n"),
            str(letter().text[0]) * 3,
            *(Slot("unsubscribe_url", Context.TEXT_URL), "\n"),
        ),
        html=(
            *("<p>Dear ", name, " in ", city, ",</p>", page * 4),
            *('<p><a href="', Slot("unsubscribe_url", Context.URL), '">Leave</a></p>\n'),
        ),
    )


def open_site(folder: Path) -> Database:
    """Its database is a file, or wherever the folder says."""
    elsewhere = folder / URL_FILE
    url = elsewhere.read_text() if elsewhere.exists() else SETTINGS.database_url
    settings = replace(SETTINGS, fields=FIELDS, segments={}, database_url=url)
    return open_database(settings.database_url, folder, settings, compile_rules(settings))


def freeze(folder: Path, size: str, readers: int) -> Mailing:
    """A site's database in `folder` with one mailing to everybody in it."""
    edition = edition_of(size)
    write_list(folder / "list.csv", readers)
    database = open_site(folder)
    with closing(SubscriberFile(folder / "list.csv", FIELDS)) as file:
        database.subscribers.import_file(file, lambda _: None, lambda _: None)
    (folder / "list.csv").unlink()
    editions = Editions(edition.issue_id, ("en",), ("",), (), tuple(sorted(FIELDS)))
    request = Request(edition.issue_id, "everyone", "bench", LETTERHEAD, editions)
    prepared = prepare(request, database.audience, lambda _: edition)
    return database.ledger.freeze(
        prepared.plan,
        LETTERHEAD,
        prepared.editions.values(),
        prepared.decisions(database.audience),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


@contextmanager
def frozen(size: str, readers: int, *, url: str = "") -> Iterator[Path]:
    """A folder with such a mailing, to be copied for each delivery of it."""
    with tempfile.TemporaryDirectory() as name:
        if url:
            (Path(name) / URL_FILE).write_text(url)
        process = get_context("spawn").Process(target=freeze, args=(Path(name), size, readers))
        process.start()
        process.join()
        if process.exitcode != 0:
            sys.exit("the mailing could not be frozen")
        yield Path(name)


@contextmanager
def copied(folder: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(folder, name, dirs_exist_ok=True)
        yield Path(name)


@contextmanager
def frozen_on(
    databases: Databases, size: str, readers: int
) -> Iterator[Callable[[], AbstractContextManager[Path]]]:
    """The same on a server; what is given makes a copy for each delivery."""
    model = databases.new()
    with frozen(size, readers, url=databases.server.url(model)):
        yield partial(_copied_on, databases, model)


@contextmanager
def _copied_on(databases: Databases, model: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name, databases.thrown_away():
        yield databases.place(Path(name), databases.new(of=model))
