"""Subscriber files: every way in which they are written, and every way in which they go wrong."""

from __future__ import annotations

import csv
import io
import os
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.audience.cells import MAX_CELL_CHARS, escape_formula, unescape_formula
from composer.audience.csv_file import Refused, Row, RowError, SubscriberFile
from composer.audience.csv_text import MAX_LINE_CHARS
from composer.errors import AudienceError
from tests.unit.storage.lists import FIELDS


def read(path: Path) -> list[Row | Refused]:
    with closing(SubscriberFile(path, FIELDS)) as file:
        return list(file.rows())


def read_bytes(folder: Path, content: bytes) -> list[Row | Refused]:
    path = folder / "list.csv"
    path.write_bytes(content)
    return read(path)


def read_text(folder: Path, text: str) -> list[Row | Refused]:
    return read_bytes(folder, text.encode())


def errors(rows: list[Row | Refused]) -> list[tuple[int, str, str]]:
    refused = [row for row in rows if not isinstance(row, Row)]
    return [(e.line, e.column, e.reason) for row in refused for e in row]


def good(rows: list[Row | Refused]) -> list[tuple[int, str]]:
    return [(row.line, str(row.address)) for row in rows if isinstance(row, Row)]


def refusal(folder: Path, content: bytes) -> tuple[str, str]:
    path = folder / "list.csv"
    path.write_bytes(content)
    with pytest.raises(AudienceError) as caught:
        SubscriberFile(path, FIELDS)
    assert caught.value.place is not None
    assert caught.value.place.path == path
    return caught.value.problem, caught.value.hint


# --- how files are written ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("email,name\nzoe@example.org,Zoë\n".encode(), "utf-8-sig"),
        (b"\xef\xbb\xbf" + "email,name\nzoe@example.org,Zoë\n".encode(), "utf-8-sig"),
        ("email,name\nzoe@example.org,Zoë\n".encode("utf-16"), "utf-16"),
        ("\ufeffemail,name\nzoe@example.org,Zoë\n".encode("utf-16-be"), "utf-16"),
        ("email,name\nzoe@example.org,Zoë\n".encode("cp1252"), "cp1252"),
        ("email;name\nzoe@example.org;Zoë\n".encode(), "utf-8-sig"),
        ("email\tname\r\nzoe@example.org\tZoë\r\n".encode(), "utf-8-sig"),
        ("email|name\rzoe@example.org|Zoë\r".encode(), "utf-8-sig"),
        ("\n\nemail,name\n\n,\nzoe@example.org,Zoë".encode(), "utf-8-sig"),
        ('"email";"name, first and last"\n zoe@example.org ;" Zoë "'.encode(), "utf-8-sig"),
    ],
)
def test_the_usual_dialects_and_encodings_are_told_apart(
    tmp_path: Path, content: bytes, encoding: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with closing(SubscriberFile(path, FIELDS)) as file:
        assert file.encoding == encoding
        (row,) = file.rows()
    assert isinstance(row, Row)
    assert (str(row.address), row.cells[1]) == ("zoe@example.org", "Zoë")


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("E-Mail,First Name, LAST-name ", ("e_mail", "first_name", "last_name")),
        ("Email Address;Größe (cm);Topics", ("email_address", "größe_cm", "topics")),
        ("address,joined", ("address", "joined")),
        ("name,mail", ("name", "mail")),
    ],
)
def test_header_names_become_field_names(
    tmp_path: Path, header: str, names: tuple[str, ...]
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(header)
    with closing(SubscriberFile(path, FIELDS)) as file:
        assert file.columns.names == names
        assert "mail" in names[file.columns.address] or names[file.columns.address] == "address"
        assert list(file.rows()) == []


@pytest.mark.parametrize(
    ("content", "problem", "hint"),
    [
        (b"", "the file is empty", "the first line names the columns"),
        (b" \n\n", "the file is empty", ""),
        (
            b"name,e_mial,role\n",
            "no column holds the address (found: name, e_mial, role)",
            "is it 'e_mial'? call that column email",
        ),
        (b"ana@example.org\nbo@example.org\n", "no column holds the address", "call one email"),
        (b"email,name,Name\n", "two columns are called 'name'", "rename one"),
        (b"email,,name\n", "column 2 has no name", "give every column a name"),
        (b"email,address\n", "'address' is what a reader's mailbox is called", "postal_address"),
        (b"email,domain\n", "'domain' is what a reader's mailbox is called", "postal_domain"),
        (b'email,"name\n', "the header cannot be read: a quotation mark opens and never", ""),
        (b"email," + b"x," * 600, "602 columns are more than 500", ""),
        (b"PK\x03\x04rest", "this is a spreadsheet, not CSV", "save it as CSV UTF-8"),
        ("email,name\n".encode("utf-16-le"), "this is not CSV, or UTF-16", "save it as CSV"),
        (b"\xd0\xcf\x11\xe0old", "this is a spreadsheet, not CSV", "save it as CSV UTF-8"),
        (b"\x1f\x8b\x08rest", "this is a compressed file, not CSV", ""),
        (b"%PDF-1.7", "this is a PDF, not CSV", ""),
        (b"<!DOCTYPE html>", "this is a web page, not CSV", ""),
        ("email,name\n".encode("utf-32"), "this is UTF-32, not CSV", "save it as CSV UTF-8"),
        (b"\x89\x00\x01\x02", "this is not CSV", ""),
    ],
)
def test_a_file_that_will_not_do_is_refused_as_a_whole(
    tmp_path: Path, content: bytes, problem: str, hint: str
) -> None:
    found = refusal(tmp_path, content)
    assert problem in found[0]
    assert hint in found[1]


def test_a_file_that_is_not_there_and_a_folder_are_told_plainly(tmp_path: Path) -> None:
    for path, problem in ((tmp_path / "none.csv", "No such file"), (tmp_path, "not a file")):
        with pytest.raises(AudienceError) as caught:
            SubscriberFile(path, FIELDS)
        assert problem in caught.value.problem


# --- rows that go wrong ---------------------------------------------------------------------


def test_every_fault_of_a_row_is_told_with_its_column_and_the_rest_is_kept(
    tmp_path: Path,
) -> None:
    rows = read_text(
        tmp_path,
        "email,seats,joined,press,status,locale,consent_time\n"
        "ana@example.org,3,2024-02-29,yes,Confirmed,pt_BR,2024-05-01T10:00:00Z\n"
        "not an address,many,2024-02-30,perhaps,subscribed,english!,yesterday\n"
        "bo@example.org,nan,20240101,1,,,\n"
        "cy@example.org,1_000,,,,,\n",
    )
    assert good(rows) == [(2, "ana@example.org")]
    assert isinstance(rows[0], Row)
    assert rows[0].cells[5] == "pt-BR"
    assert [(line, column) for line, column, _ in errors(rows)] == [
        (3, "email"),
        (3, "seats"),
        (3, "joined"),
        (3, "press"),
        (3, "status"),
        (3, "locale"),
        (3, "consent_time"),
        (4, "seats"),
        (4, "joined"),
        (5, "seats"),
    ]
    reasons = {(line, column): reason for line, column, reason in errors(rows)}
    assert reasons[3, "seats"] == "'many' is not a number; write 1250 or 12.5"
    assert reasons[3, "joined"] == "'2024-02-30' is not a date; write 2026-11-20"
    assert reasons[3, "press"] == "'perhaps' is not yes or no"
    assert reasons[3, "status"] == "'subscribed' is not confirmed or unconfirmed"
    assert reasons[3, "locale"] == "'english!' is not a language, as en or pt-BR"


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("de", ""),
        ("pt_BR", ""),
        ("zh-Hant-TW", ""),
        ("es-419", ""),
        ("ca-valencia", ""),
        ("de-1996", ""),
        ("en-US-u-ca-gregory", ""),
        ("xx-YY", ""),  # nobody knows it, and it is written as languages are
        ("xx-yy-zz", "'xx-yy-zz' is not a language, as en or pt-BR"),
        ("en-US-GB", "'en-US-GB' is not a language, as en or pt-BR"),
        ("en-Latn-Cyrl", "'en-Latn-Cyrl' is not a language, as en or pt-BR"),
        ("en-", "'en-' is not a language, as en or pt-BR"),
    ],
)
def test_a_language_is_written_as_languages_are(tmp_path: Path, tag: str, reason: str) -> None:
    rows = read_text(tmp_path, f"email,locale\nana@example.org,{tag}\n")

    assert errors(rows) == ([(2, "locale", reason)] if reason else [])


@pytest.mark.parametrize("ahead", [timedelta(days=-4000), timedelta(hours=14), timedelta(days=2)])
@pytest.mark.parametrize("written", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S"])
def test_nobody_has_agreed_tomorrow(tmp_path: Path, ahead: timedelta, written: str) -> None:
    time = (datetime.now(UTC) + ahead).strftime(written)

    rows = read_text(tmp_path, f"email,consent_time\nana@example.org,{time}\n")

    reason = f"{time!r} is yet to come; nobody can have agreed then"
    future = ahead > timedelta(days=1)
    assert errors(rows) == ([(2, "consent_time", reason)] if future else [])


@pytest.mark.parametrize("time", ["2099-01-01", "9999-12-31T23:59:59-23:59"])
def test_a_consent_of_another_age_is_refused(tmp_path: Path, time: str) -> None:
    rows = read_text(tmp_path, f"email,consent_time\nana@example.org,{time}\n")

    assert [column for _, column, _ in errors(rows)] == ["consent_time"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Ana+news@Example.ORG", "Ana+news@example.org"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("a!b#c@example.org", "a!b#c@example.org"),
        ("ana@sub.xn--bcher-kva.example", "ana@sub.xn--bcher-kva.example"),
    ],
)
def test_addresses_that_are_fine(tmp_path: Path, cell: str, expected: str) -> None:
    assert good(read_text(tmp_path, f"email,x\n{cell},\n")) == [(2, expected)]


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "ana@example",
        "ana@@example.org",
        "a..b@example.org",
        ".ana@example.org",
        "ana.@example.org",
        "ana@-example.org",
        "ana@example..org",
        "ana@exam_ple.org",
        "ana@example.org.",
        "Ana <ana@example.org>",
        "ana@example.org, bo",
        "ana@[127.0.0.1]",
        '"a b"@example.org',
        "ana@example.org)bo@example.net",
        "ana@127.0.0.1",
        f"{'a' * 65}@example.org",
        f"ana@{'a' * 64}.org",
        f"ana@{'a.' * 130}org",
        "a" * 5000,
        "ana@example.org\nBcc: bo@example.org",
        "=?utf-8?q?a?=@example.org",
        "zoë@example.org",
        "\u0430\u043d\u0430@example.org",
        "ana@localhost",
    ],
)
def test_addresses_that_are_not(tmp_path: Path, cell: str) -> None:
    quoted = cell.replace('"', '""')
    ((line, column, reason),) = errors(read_text(tmp_path, f'email,x\n"{quoted}",y\n'))
    assert (line, column) == (2, "email")
    assert reason


def test_a_local_part_that_needs_smtputf8_says_so(tmp_path: Path) -> None:
    ((_, _, reason),) = errors(read_text(tmp_path, "email,x\nzoë@example.org,\n"))
    assert "SMTPUTF8" in reason


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("ana@example.org", "", "1 cell where there are 2 columns"),
        ("ana@example.org,a,b", "", "3 cells where there are 2 columns"),
        ("ana@example.org,a\0b", "name", "a control character (such as NUL) is in it"),
        ("ana@example.org,a\x1bb", "name", "a control character (such as NUL) is in it"),
        ("ana@example.org,a\x9bb", "name", "a control character (such as NUL) is in it"),
        ("ana@exam\0ple.org,a", "email", "a control character (such as NUL) is in it"),
        (
            f"ana@example.org,{'x' * (MAX_CELL_CHARS + 1)}",
            "name",
            "10,001 characters; at most 10,000",
        ),
        (
            'ana@example.org,"a"b',
            "",
            "text follows a closing quotation mark; inside a cell it is written twice",
        ),
        (
            "ana@example.org," + "x" * MAX_LINE_CHARS,
            "",
            "the line is longer than 1,000,000 characters",
        ),
        ('ana@example.org,"never closed', "", "a quotation mark opens and never closes"),
    ],
)
def test_a_row_that_cannot_be_kept_takes_no_other_with_it(
    tmp_path: Path, row: str, column: str, reason: str
) -> None:
    rows = read_text(tmp_path, f"email,name\nbo@example.org,Bo\n{row}\ncy@example.org,Cy\n")
    assert errors(rows) == [(3, column, reason)]
    assert good(rows) == [(2, "bo@example.org"), (4, "cy@example.org")]


def test_an_unclosed_quotation_mark_swallows_nothing_however_long_the_file(tmp_path: Path) -> None:
    people = [f"r{n}@example.org,Reader {n}" for n in range(5_000)]
    people[7] = 'r7@example.org,"Reader 7'
    people[4_000] = 'r4000@example.org,"Reader'
    rows = read_text(tmp_path, "email,name\n" + "\n".join(people) + "\n")
    unclosed = "a quotation mark opens and never closes"
    assert errors(rows)[0] == (9, "", unclosed)
    assert [line for line, _, _ in errors(rows)] == [9, 4_002]
    assert len(good(rows)) == 4_998
    assert good(rows)[-1] == (5_001, "r4999@example.org")


def test_lines_are_counted_as_an_editor_does_when_cells_have_several(tmp_path: Path) -> None:
    rows = read_text(
        tmp_path,
        'email,note\nana@example.org,"one\ntwo\n\nthree"\n\nbad,x\nbo@example.org,"a\r\nb"\nworse,y\n',
    )
    assert good(rows) == [(2, "ana@example.org"), (8, "bo@example.org")]
    assert [line for line, _, _ in errors(rows)] == [7, 10]
    assert isinstance(rows[0], Row)
    assert rows[0].cells[1] == "one\ntwo\n\nthree"


def test_one_damaged_byte_costs_one_row_and_not_the_accents_of_all(tmp_path: Path) -> None:
    content = (
        "email,name\nzoe@example.org,Zoë\nbo@example.org,B".encode() + b"\xff\ncy@example.org,Cy\n"
    )
    rows = read_bytes(tmp_path, content)
    assert errors(rows) == [(3, "name", "a letter is damaged: it is not in UTF-8")]
    assert isinstance(rows[0], Row)
    assert rows[0].cells[1] == "Zoë"
    assert good(rows)[-1] == (4, "cy@example.org")


def test_bytes_that_windows_has_no_letter_for_are_no_traceback(tmp_path: Path) -> None:
    rows = read_bytes(tmp_path, b"email,name\nzoe@example.org,Zo\xeb\nbo@example.org,B\x81\n")
    assert errors(rows) == [(3, "name", "a letter is damaged: it is not in Windows-1252")]
    assert good(rows) == [(2, "zoe@example.org")]


def test_half_a_character_at_the_end_of_utf_16_is_no_traceback(tmp_path: Path) -> None:
    rows = read_bytes(
        tmp_path, "email,name\nzoe@example.org,Zoë\nbo@example.org,Bo".encode("utf-16")[:-1]
    )
    assert good(rows) == [(2, "zoe@example.org")]
    assert errors(rows) == [(3, "name", "a letter is damaged: it is not in UTF-16")]


def test_a_blank_state_says_nothing(tmp_path: Path) -> None:
    rows = read_text(
        tmp_path,
        "email,status\na@example.org,\nb@example.org,UNCONFIRMED\nc@example.org,confirmed\n",
    )
    assert [row.confirmed for row in rows if isinstance(row, Row)] == [None, False, True]


# --- for all inputs -------------------------------------------------------------------------


@given(content=st.binary(max_size=400))
def test_any_bytes_are_rows_errors_or_one_refusal(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"email,name\n" + content)
    for row in read(path):
        assert isinstance(row, Row) or (row and all(isinstance(e, RowError) for e in row))
    path.write_bytes(content)
    try:
        read(path)
    except AudienceError as error:
        assert error.problem  # noqa: PT017 - either outcome is right


@given(name=st.text(st.sampled_from("aB :\r\n\u2028\u2029"), min_size=1, max_size=12))
def test_no_name_has_two_lines(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    path = tmp_path_factory.getbasetemp() / "names.csv"
    path.write_text(f'email,first_name,note\na@example.org,"{name}","{name}"\n', newline="")
    with closing(SubscriberFile(path, FIELDS)) as file:
        (row,) = file.rows()
    assert isinstance(row, Row)
    _, first_name, note = row.cells
    assert len(first_name.splitlines()) <= 1
    assert note == name.strip()
    assert bool(file.mended) == (first_name != note)
    assert first_name.split() == name.split()


LINES = st.sampled_from(
    [
        "a@example.org,A\n",
        '"b@example.org","B ""q"""\n',
        'c@example.org,"two\nlines"\n',
        'd@example.org,"open\n',
        'e@example.org,x"y\n',
        "\n",
        "bad\n",
        'f@example.org,"f" \n',
        '"\n',
    ]
)


@given(lines=st.lists(LINES, max_size=12))
def test_no_line_is_passed_over_in_silence(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "lines.csv"
    path.write_text("email,note\n" + "".join(lines), newline="")
    physical = path.read_text().splitlines()
    covered: list[int] = []
    rows = read(path)
    starts = [row.line if isinstance(row, Row) else row[0].line for row in rows]
    assert starts == sorted(set(starts))
    for row in rows:
        if isinstance(row, Row):
            covered += range(row.line, row.line + 1 + "".join(row.cells).count("\n"))
        else:
            covered.append(row[0].line)
    missing = set(range(2, len(physical) + 1)) - set(covered)
    assert {physical[n - 1] for n in missing} <= {"", '"'}


@given(st.text())
def test_what_is_kept_from_a_spreadsheet_comes_back_as_it_was(cell: str) -> None:
    escaped = escape_formula(cell)
    assert unescape_formula(escaped) == cell
    assert escaped[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"}


@given(
    st.lists(st.lists(st.text("ab'=+-@,;\"\n é", max_size=6), min_size=1, max_size=1), max_size=5)
)
def test_exported_cells_are_imported_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "export.csv"
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["email", "note"])
    for n, (cell,) in enumerate(cells):
        writer.writerow([f"r{n}@example.org", escape_formula(cell.strip())])
    path.write_text(out.getvalue(), newline="")
    assert [row.cells[1] for row in read(path) if isinstance(row, Row)] == [
        c.strip() for (c,) in cells
    ]


# --- memory ---------------------------------------------------------------------------------


def test_a_line_without_an_end_is_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    with path.open("wb") as out:
        out.write(b"email,name\nana@example.org,")
        for _ in range(64):
            out.write(b"x" * (1 << 20))
    before_kb = _peak_kb()
    with closing(SubscriberFile(path, FIELDS)) as file:
        ((error,),) = [row for row in islice(file.rows(), 3) if not isinstance(row, Row)]
    assert "longer than 1,000,000" in error.reason
    assert _peak_kb() - before_kb < 32_000


def _peak_kb() -> int:
    status = Path(f"/proc/{os.getpid()}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
