"""Imports: what a file changes on the list, and what it never can."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import inspect

from composer.audience.parse import compile_rules
from composer.model.address import Address
from composer.model.settings import FieldType
from composer.storage.database import Database
from composer.storage.subscribers import Entry
from tests.databases import NewSite
from tests.unit.storage.lists import addresses, bring_in_text, open_list, settings

ANA = Address("ana", "example.org")
NOW = "2026-11-20T09:00:00Z"


@pytest.fixture
def database(folder: Path) -> Database:
    return open_list(folder)


def entry(database: Database, address: Address = ANA) -> Entry:
    found = database.subscribers.find(address)
    assert found is not None
    return found


def test_new_readers_are_added_with_typed_fields_and_a_token_of_their_own(
    database: Database,
) -> None:
    done, refused = bring_in_text(
        database,
        "email,First Name,seats,joined,press,topics,locale,consent_source,consent_time\n"
        "Ana@Example.org,Ana,3,2024-02-29,yes,policy; energy,pt_BR,form,2024-03-01T10:00:00Z\n"
        "bo@example.org,,,,,,,,\n",
    )
    assert (done.added, done.updated, done.unchanged, done.refused) == (2, 0, 0, 0)
    assert refused == []
    ana = entry(database)
    assert str(ana.subscriber.address) == "Ana@example.org"
    assert dict(ana.subscriber.fields) == {
        "first_name": "Ana",
        "seats": 3.0,
        "joined": date(2024, 2, 29),
        "press": True,
        "topics": frozenset({"policy", "energy"}),
    }
    assert (ana.subscriber.locale, ana.subscriber.consent_source) == ("pt-BR", "form")
    assert ana.subscriber.consent_time == "2024-03-01T10:00:00Z"
    assert ana.subscriber.confirmed
    assert dict(entry(database, Address("bo", "example.org")).subscriber.fields) == {}
    tokens = {e.token for e in database.subscribers.matching()}
    assert len(tokens) == 2
    assert all(len(token) >= 22 for token in tokens)
    assert database.subscribers.by_token(ana.token) == ana
    assert database.subscribers.by_token("no-such") is None


def test_a_second_import_updates_what_it_names_and_keeps_the_rest(database: Database) -> None:
    bring_in_text(
        database,
        "email,first_name,role,seats,status,consent_source,consent_time\n"
        "ana@example.org,Ana,board,3,unconfirmed,form,2024-03-01\n"
        "bo@example.org,Bo,staff,1,confirmed,form,2024-03-01\n",
    )
    before = entry(database)

    done, _ = bring_in_text(
        database,
        "email,role,seats,status,consent_source,nickname\n"
        "ANA@example.org,,4,,,Annie\n"
        "bo@example.org,staff,1,,,\n"
        "cy@example.org,staff,,,,\n",
    )

    assert (done.added, done.updated, done.unchanged) == (1, 1, 1)
    after = entry(database)
    assert after.token == before.token
    assert after.subscriber.id == before.subscriber.id
    assert str(after.subscriber.address) == "ANA@example.org"
    assert dict(after.subscriber.fields) == {"first_name": "Ana", "seats": 4.0, "nickname": "Annie"}
    assert not after.subscriber.confirmed
    assert after.subscriber.consent_source == "form"
    assert after.subscriber.consent_time == "2024-03-01"


def test_consent_and_state_change_only_when_the_file_says_so(database: Database) -> None:
    bring_in_text(database, "email,status,consent_source\nana@example.org,unconfirmed,form\n")
    bring_in_text(database, "email\nana@example.org\n")
    assert not entry(database).subscriber.confirmed
    bring_in_text(database, "email,status,consent_source\nana@example.org,confirmed,fair\n")
    assert entry(database).subscriber.confirmed
    assert entry(database).subscriber.consent_source == "fair"


def test_the_same_file_again_changes_nothing(database: Database) -> None:
    text = "email,role,topics\n" + "".join(f"r{n}@example.org,a{n},x;y\n" for n in range(50))
    bring_in_text(database, text)
    everybody = list(database.subscribers.matching())
    done, _ = bring_in_text(database, text)
    assert (done.added, done.updated, done.unchanged) == (0, 0, 50)
    assert list(database.subscribers.matching()) == everybody
    assert addresses(everybody) == [f"r{n}@example.org" for n in range(50)]


def test_of_two_rows_for_one_mailbox_the_first_is_kept_and_the_second_named(
    database: Database,
) -> None:
    done, refused = bring_in_text(
        database,
        "email,role\nana@example.org,one\nbad,\nANA@EXAMPLE.ORG,two\nbo@example.org,x\n"
        "ana@example.org,three\n",
    )
    assert (done.added, done.refused) == (2, 3)
    assert [(e.line, e.column, e.reason) for e in refused if e.line != 3] == [
        (4, "email", "ANA@example.org is in line 2 already"),
        (6, "email", "ana@example.org is in line 2 already"),
    ]
    assert entry(database).subscriber.fields["role"] == "one"


def test_repeats_are_found_across_batches(database: Database) -> None:
    people = [f"r{n}@example.org" for n in range(12_000)]
    done, refused = bring_in_text(database, "\n".join(["email", *people, people[0], people[9_000]]))
    assert (done.added, done.refused) == (12_000, 2)
    assert [(e.line, e.reason) for e in refused] == [
        (12_002, "r0@example.org is in line 2 already"),
        (12_003, "r9000@example.org is in line 9002 already"),
    ]


def test_odd_field_names_and_values_come_through_as_they_are(database: Database) -> None:
    bring_in_text(
        database,
        'email,größe,"o\'brien "" $.x",note\n'
        'ana@example.org,1\' OR 1=1 --,"a ""b"" \\ ","line\nline"\n',
    )
    raw = entry(database).raw
    assert raw == {"größe": "1' OR 1=1 --", "o_brien_x": 'a "b" \\', "note": "line\nline"}
    bring_in_text(database, 'email,"o\'brien "" $.x"\nana@example.org,\n')
    assert entry(database).raw == {"größe": "1' OR 1=1 --", "note": "line\nline"}
    assert database.seen_fields() == {"größe", "o_brien_x", "note"}


def test_a_field_that_only_the_last_file_brought_is_known(database: Database) -> None:
    bring_in_text(database, "email\n" + "\n".join(f"r{n}@example.org" for n in range(6_000)))
    assert database.seen_fields() == frozenset()
    bring_in_text(database, "email,company\nana@example.org,Quay\n")
    assert database.seen_fields() == {"company"}


def test_what_a_spreadsheet_was_kept_from_comes_back_as_it_was(database: Database) -> None:
    bring_in_text(database, "email,note,seats\n'+ana@example.org,'=1+1,'-3\n")
    found = entry(database, Address("+ana", "example.org"))
    assert found.raw == {"note": "=1+1", "seats": "-3"}
    assert found.subscriber.fields["seats"] == -3.0


# --- suppressed and forgotten ---------------------------------------------------------------


def test_a_suppressed_reader_stays_so_whatever_is_imported(database: Database) -> None:
    assert database.subscribers.suppress(ANA, "unsubscribed", since=NOW)
    assert not database.subscribers.suppress(Address("ANA", "example.org"), "manual", since=NOW)
    done, _ = bring_in_text(database, "email,status\nANA@example.org,confirmed\n")
    assert done.added == 1
    assert (entry(database).suppressed, entry(database).suppressed_since) == ("unsubscribed", NOW)
    everyone = compile_rules(settings())["everyone"]
    counts = database.subscribers.count(everyone)
    assert (counts.matched, counts.mailable, counts.suppressed) == (1, 0, 1)


def everything_in(database: Database) -> Iterator[tuple[str, bytes]]:
    """What is readable in the files; and of a server, which has its own, in the tables."""
    for file in sorted(database.store.folder.rglob("*")):
        yield str(file), file.read_bytes().lower() if file.is_file() else b""
    with database.store.reading() as connection:
        for table in inspect(connection).get_table_names():
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()  # noqa: S608 - its own names
            yield table, repr(rows).lower().encode()


def test_a_forgotten_reader_leaves_no_readable_byte_and_cannot_be_imported(
    database: Database,
) -> None:
    marked = Address("very-findable-ana", "example.org")
    people = "".join(f"r{n}@example.org,Reader {n}\n" for n in range(300))
    bring_in_text(database, f"email,name\n{people}{marked},Findable Name\n")
    token = entry(database, marked).token
    database.subscribers.suppress(marked, "bounced", since=NOW)

    assert database.subscribers.forget(Address("Very-Findable-Ana", "example.org"), since=NOW)

    assert database.subscribers.find(marked) is None
    assert database.subscribers.suppression(marked) == ("forgotten", NOW)
    (database.store.folder / "list.csv").unlink()
    for place, content in everything_in(database):
        assert b"findable" not in content, place
        assert token.lower().encode() not in content, place

    done, refused = bring_in_text(database, f"email,name\n{marked},Findable Name\nx@example.org,\n")
    assert (done.added, done.refused) == (1, 1)
    assert [(e.line, e.column, e.reason) for e in refused] == [
        (2, "email", "very-findable-ana@example.org asked to be forgotten")
    ]
    assert database.subscribers.find(marked) is None
    assert not database.subscribers.suppress(marked, "manual", since=NOW)


def test_somebody_unknown_can_be_suppressed_and_forgotten(database: Database) -> None:
    assert database.subscribers.suppression(ANA) is None
    assert not database.subscribers.forget(ANA, since=NOW)
    assert database.subscribers.suppression(ANA) == ("forgotten", NOW)
    assert database.subscribers.forget(ANA, since=NOW)


def test_hashes_differ_from_database_to_database(new_site: NewSite) -> None:
    folder = new_site("one")
    one, other = open_list(folder), open_list(new_site("other"))
    assert one.store.identity.hash_of(ANA) != other.store.identity.hash_of(ANA)
    again = open_list(folder)
    assert one.store.identity.hash_of(ANA) == again.store.identity.hash_of(ANA)


# --- declarations that change ---------------------------------------------------------------


def count(folder: Path, rule: str, fields: dict[str, FieldType]) -> int:
    database = open_list(folder, {"asked": rule}, fields)
    rule_ = compile_rules(settings({"asked": rule}, fields))["asked"]
    counted = database.subscribers.count(rule_).matched
    database.store.engine.dispose()
    return counted


def test_a_field_may_be_declared_or_declared_otherwise_long_after_the_import(
    folder: Path,
) -> None:
    database = open_list(folder, {}, {})
    bring_in_text(database, "email,size\na@example.org,10\nb@example.org,9\nc@example.org,tall\n")
    assert count(folder, 'size == "10"', {}) == 1
    assert count(folder, 'startswith(size, "1")', {"size": FieldType.TEXT}) == 1
    assert count(folder, "size >= 9", {"size": FieldType.NUMBER}) == 2
    assert count(folder, "not has(size)", {"size": FieldType.NUMBER}) == 1
    assert count(folder, '"tall" in size', {"size": FieldType.SET}) == 1


def test_an_import_under_another_declaration_is_not_missed_when_the_first_comes_back(
    folder: Path,
) -> None:
    number = {"size": FieldType.NUMBER}
    bring_in_text(open_list(folder, {}, number), "email,size\na@example.org,10\n")
    assert count(folder, "size == 10", number) == 1
    bring_in_text(open_list(folder, {}, {}), "email,size\na@example.org,11\nb@example.org,11\n")
    assert count(folder, "size == 10", number) == 0
    assert count(folder, "size == 11", number) == 2


# --- memory ---------------------------------------------------------------------------------

MEASURE = """
import json, resource, sys
from pathlib import Path
from benchmarks.bench_import import ours
from benchmarks.lists import write_list
folder, sizes = Path(sys.argv[1]), [int(n) for n in sys.argv[2:]]
peaks = []
for size in sizes:
    write_list(folder / "list.csv", size)
    ours(folder / "list.csv", folder / str(size))
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(json.dumps(peaks))
"""


def test_an_import_needs_no_more_memory_for_more_rows(tmp_path: Path) -> None:
    ran = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", MEASURE, str(tmp_path), "20000", "80000"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    few_kb, many_kb = json.loads(ran.stdout)
    # Eight bytes a row, and SQLite's cache while it is not yet full.
    assert many_kb - few_kb < 40_000
