"""`newsletter subscribers` and `newsletter segments`, as a person and a script run them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from composer.cli.main import main

CONFIG = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
base_url = "https://news.example.org"

[subscribers.fields]
role = "text"
seats = "number"
topics = "set"

[segments]
board = 'role == "board" and seats > 1'
"""
LIST = """\
email,first_name,role,seats,topics,status
ana@example.org,Ana,board,3,policy,confirmed
bo@example.org,=cmd(),board,1,,unconfirmed
not an address,x,,many,,
cy@example.org,-5,staff,,policy;energy,
ANA@example.org,Again,,,,
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "newsletter.toml").write_text(CONFIG)
    (tmp_path / "list.csv").write_text(LIST)
    return tmp_path


def run(folder: Path, *words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, ["-C", str(folder), *words], input=answer)


def document(folder: Path, *words: str) -> Any:
    content = json.loads(run(folder, "--json", *words).stdout)
    assert content.pop("schema") == 1
    return content


def bring_in(folder: Path) -> Result:
    return run(folder, "subscribers", "import", str(folder / "list.csv"))


def test_an_import_keeps_the_good_rows_names_the_refused_and_exits_1(site: Path) -> None:
    result = bring_in(site)
    file = site / "list.csv"
    assert result.exit_code == 1
    assert result.stdout == "3 added, 0 updated, 0 unchanged, 2 refused\n"
    assert result.stderr.splitlines() == [
        (
            f"{file}:4: email: 'not an address' is not an email address: "
            "An email address must have an @-sign"
        ),
        f"{file}:4: seats: 'many' is not a number; write 1250 or 12.5",
        f"{file}:6: email: ANA@example.org is in line 2 already",
    ]


def test_an_import_as_json_tells_every_refused_row(site: Path) -> None:
    found = document(site, "subscribers", "import", str(site / "list.csv"))
    assert [(e["line"], e["column"]) for e in found["errors"]] == [
        (4, "email"), (4, "seats"), (6, "email"),
    ]  # fmt: skip
    assert (found["added"], found["refused"], found["encoding"]) == (3, 2, "utf-8-sig")


def test_a_clean_import_exits_0_and_many_refused_rows_go_into_a_file(site: Path) -> None:
    (site / "list.csv").write_text("email\n" + "bad\n" * 80 + "ok@example.org\n")
    told = site / "refused.txt"
    result = run(site, "subscribers", "import", str(site / "list.csv"), "--errors", str(told))
    assert result.exit_code == 1
    assert len(told.read_text().splitlines()) == 80
    assert result.stderr.count("is not an email address") == 50
    assert "and 30 more rows" in result.stderr
    (site / "list.csv").write_text("email\nok@example.org\n")
    assert bring_in(site).exit_code == 0


def test_a_file_for_errors_that_cannot_be_written_is_told_before_anything_is_imported(
    site: Path,
) -> None:
    nowhere = str(site / "no" / "refused.txt")
    result = run(site, "subscribers", "import", str(site / "list.csv"), "--errors", nowhere)
    assert result.exit_code != 0
    assert "Traceback" not in result.stderr
    assert document(site, "subscribers", "list") == {"subscribers": []}


def test_windows_letters_are_read_with_a_warning(site: Path) -> None:
    (site / "list.csv").write_bytes("email,first_name\nzoe@example.org,Zoë\n".encode("cp1252"))
    result = bring_in(site)
    assert result.exit_code == 0
    assert "was read as Windows-1252" in result.stderr
    assert "first_name  Zoë" in run(site, "subscribers", "show", "zoe@example.org").stdout


def test_an_export_is_safe_in_a_spreadsheet_and_comes_back_as_it_was(site: Path) -> None:
    bring_in(site)
    out = site / "out.csv"
    assert run(site, "subscribers", "export", "-o", str(out)).exit_code == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert [(r["email"], r["first_name"]) for r in rows] == [
        ("ana@example.org", "Ana"), ("bo@example.org", "'=cmd()"), ("cy@example.org", "'-5"),
    ]  # fmt: skip
    assert run(site, "subscribers", "export").stdout == out.read_text()
    again = document(site, "subscribers", "import", str(out))
    assert (again["added"], again["updated"], again["unchanged"]) == (0, 0, 3)


def test_an_export_of_one_segment(site: Path) -> None:
    bring_in(site)
    lines = run(site, "subscribers", "export", "--segment", "board").stdout.splitlines()
    assert [line.split(",")[0] for line in lines] == ["email", "ana@example.org"]


def test_the_list_and_one_reader_of_it(site: Path) -> None:
    bring_in(site)
    result = run(site, "subscribers", "list", "--limit", "2")
    assert result.stdout == "ana@example.org  Ana\nbo@example.org  =cmd()  (unconfirmed)\n"
    assert "2 of 3; --limit shows more" in result.stderr
    shown = document(site, "subscribers", "show", "ANA@example.org")
    assert shown["segments"] == ["board"]
    assert shown["fields"] == {
        "first_name": "Ana", "role": "board", "seats": "3", "topics": "policy",
    }  # fmt: skip
    assert run(site, "subscribers", "show", "none@example.org").exit_code != 0


def test_suppressing_is_for_good_and_keeps_the_first_reason(site: Path) -> None:
    bring_in(site)
    words = ("subscribers", "suppress", "Ana@example.org", "--reason")
    assert run(site, *words, "unsubscribed").stdout == (
        "Ana@example.org will not be mailed again (unsubscribed).\n"
    )
    again = document(site, *words, "manual")
    assert (again["suppressed"], again["new"]) == ("unsubscribed", False)
    assert run(site, *words, "because").exit_code == 2
    bring_in(site)
    assert document(site, "segments", "board")["segments"]["board"]["suppressed"] == 1
    assert document(site, "segments", "board")["segments"]["board"]["mailable"] == 0


def test_who_left_another_tool_is_suppressed_before_the_list_comes_in(site: Path) -> None:
    (site / "gone.csv").write_text(
        "Email Address,status,Email Address\r\n"
        "Ana@Example.org,unsubscribed,\r\n"
        "nobody,x,\r\n"
        ",x,\r\n"
        "zoe@example.net\r\n"
        "\r\n"
        "ana@example.org,again,\r\n"
        "new@example.net,,\r\n"
    )
    words = ("subscribers", "suppress", "--file", "gone.csv", "--reason", "unsubscribed")
    done = run(site, *words)
    assert done.exit_code == 1
    assert done.stdout == (
        "2 will not be mailed again (unsubscribed), 0 were suppressed already, 3 refused\n"
    )
    told = done.stderr.splitlines()
    assert told[0].startswith(f"{site}/gone.csv:3: email_address: 'nobody' is not an email")
    assert told[1:] == [
        f"{site}/gone.csv:4: email_address: the address is missing",
        f"{site}/gone.csv:5: email_address: 1 cell where there are 3 columns",
    ]
    again = document(site, *words)
    assert (again["new"], again["already"], again["refused"]) == (0, 2, 3)
    assert [error["line"] for error in again["errors"]] == [3, 4, 5]
    bring_in(site)
    assert document(site, "segments", "board")["segments"]["board"]["mailable"] == 0
    shown = document(site, "subscribers", "show", "new@example.net")
    assert shown["suppressed"] == "unsubscribed"


def test_addresses_that_left_may_stand_one_in_each_line(site: Path) -> None:
    (site / "gone.txt").write_text("ana@example.org\n\nbo@example.org\nc@x.org, d@x.org\n")
    done = run(site, "subscribers", "suppress", "--file", "gone.txt")
    assert done.stderr.startswith(f"{site}/gone.txt:4: more than one address in a line")
    assert done.stdout.startswith("2 will not be mailed again (manual), 0 were suppressed already")
    first = document(site, "subscribers", "show", "ana@example.org")
    assert first["suppressed"] == "manual"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name an address, or a file"),
        (("ana@example.org", "--file", "x.csv", "--reason", "manual"), "name an address, or a"),
        (("ana@example.org",), "--reason is missing: one of unsubscribed"),
        (("--file", "none.csv"), "none.csv: the file cannot be read"),
        (("--file", "names.csv"), "names.csv:1: no column holds the address (found: name, town)"),
    ],
)
def test_suppressing_nobody_in_particular_is_refused(
    site: Path, words: tuple[str, ...], said: str
) -> None:
    (site / "names.csv").write_text("name,town\nAna,Genoa\n")
    refused = run(site, "subscribers", "suppress", *words)
    assert refused.exit_code != 0
    assert said in refused.stderr


def test_forgetting_asks_first(site: Path) -> None:
    bring_in(site)
    words = ("subscribers", "forget", "ana@example.org")
    refused = run(site, *words)
    assert refused.exit_code == 3
    assert "nothing was forgotten" in refused.stderr
    assert run(site, *words, "--yes").stdout == "ana@example.org is forgotten.\n"
    shown = document(site, "subscribers", "show", "ana@example.org")
    assert shown["suppressed"] == "forgotten"
    assert "ana@example.org asked to be forgotten" in bring_in(site).stderr


def test_letters_in_the_outbox_are_told_of_when_their_reader_is_forgotten(site: Path) -> None:
    bring_in(site)
    folder = site / ".newsletter" / "outbox" / "2026-014-board"
    folder.mkdir(parents=True)
    theirs = folder / "a-b@example.org_d1.eml"
    theirs.write_bytes(b"To: Ana <A_b@example.org>\r\n\r\nDear Ana")
    another = folder / "a-b@example.org_d2.eml"
    another.write_bytes(b"To: a-b@example.org\r\n\r\nDear Bo")
    words = ("subscribers", "forget", "a_b@example.org", "--yes")
    told = run(site, *words)
    assert told.stderr == (
        "warning: 1 letter is still in the outbox, with address and name: .newsletter/outbox\n"
        "  hint: newsletter subscribers forget a_b@example.org --outbox deletes them\n"
    )
    assert document(site, *words)["outbox_left"] == [
        ".newsletter/outbox/2026-014-board/a-b@example.org_d1.eml"
    ]
    assert theirs.exists()
    done = run(site, *words, "--outbox")
    assert "1 letter is deleted from the outbox." in done.stdout
    assert "still" not in done.stderr
    assert (theirs.exists(), another.exists()) == (False, True)


def test_a_name_is_one_line_whatever_the_file_says(site: Path) -> None:
    (site / "list.csv").write_text(
        'email,first_name,bio\nana@example.org,"A\r\nBcc: evil@example.net","two\nlines"\n'
        'bo@example.org,"Bo\n",\n',
        newline="",
    )
    done = run(site, "subscribers", "import", str(site / "list.csv"))
    assert done.exit_code == 0
    assert done.stderr == f"warning: {site}/list.csv:2: first_name: line ends became blanks\n"
    fields = document(site, "subscribers", "show", "ana@example.org")["fields"]
    assert fields == {"first_name": "A Bcc: evil@example.net", "bio": "two\nlines"}


def test_segments_are_counted_by_who_can_be_mailed(site: Path) -> None:
    bring_in(site)
    assert run(site, "segments").stdout.splitlines() == [
        "segment   matched  mailable  suppressed  unconfirmed",
        "everyone        3         2           0            1",
        "board           1         1           0            0",
    ]
    assert document(site, "segments")["segments"]["board"] == {
        "rule": 'role == "board" and seats > 1',
        "matched": 1, "mailable": 1, "suppressed": 0, "unconfirmed": 0, "paused": 0,
    }  # fmt: skip
    assert "did you mean 'board'?" in run(site, "segments", "bord").stderr


def test_explaining_tells_which_part_failed_and_what_keeps_a_reader_back(site: Path) -> None:
    bring_in(site)
    assert run(site, "segments", "board", "--explain", "bo@example.org").stdout.splitlines() == [
        "bo@example.org is not in 'board'",
        "  ✗ all of",
        '    ✓ role == "board"   (role is "board")',
        "    ✗ seats > 1   (seats is 1)",
        "and would get no mail: unconfirmed",
    ]
    found = document(site, "segments", "--explain", "ana@example.org")
    assert found["segments"]["board"]["in"] is True
    assert found["kept_back"] == ""


def test_a_wrong_rule_is_told_with_its_place(site: Path) -> None:
    (site / "newsletter.toml").write_text(CONFIG.replace("seats > 1", "sets > 1"))
    result = run(site, "segments")
    assert result.exit_code == 4
    assert "newsletter.toml:12:30: error[config/segment-rule]" in result.stderr
    assert "did you mean 'seats'?" in result.stderr


def test_a_rule_of_several_lines_is_told_at_its_own_line(site: Path) -> None:
    lines = 'board = """\nrole == "board"\nand sets > 1\n"""'
    rule = CONFIG.replace("board = 'role == \"board\" and seats > 1'", lines)
    (site / "newsletter.toml").write_text(rule)
    assert "newsletter.toml:14:5: error[config/segment-rule]" in run(site, "segments").stderr
