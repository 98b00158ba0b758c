"""An archive of old issues becomes issues, and what does not is named."""

from __future__ import annotations

import json
from email.message import EmailMessage
from pathlib import Path

from click.testing import CliRunner

from composer.cli.main import main

PLAIN = (
    "Harbour Watch No. 9\n\nMay 4, 2019\n\nDOCKERS PAUSE WORK\n\nCranes stood still for hours.\n"
)
HTML = (
    '<html lang="en"><head><title>Harbour Watch No. 10</title></head><body><h1>Harbour Watch No. '
    "10</h1><h2>Ferries</h2><p>The line opens in <b>May</b>.</p></body></html>"
)


def mail(html: str = "", text: str = "") -> bytes:
    message = EmailMessage()
    message["Subject"] = "Harbour Watch 11: a quiet strike"
    message["Date"] = "Fri, 07 Jun 2019 06:00:00 +0200"
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message.as_bytes()


def run(*words: str) -> tuple[int, str, str]:
    ran = CliRunner(env={"NO_COLOR": "1"}).invoke(main, list(words))
    assert ran.exception is None or isinstance(ran.exception, SystemExit)
    return ran.exit_code, ran.stdout, ran.stderr


def archive(folder: Path) -> Path:
    old = folder / "archive"
    (old / "2019").mkdir(parents=True)
    (old / "2019" / "issue-10.html").write_text(HTML)
    (old / "2019" / "issue-9.txt").write_text(PLAIN)
    (old / "11.eml").write_bytes(mail(html="<p>Cranes move again.</p>", text="Cranes move again."))
    (old / "empty.md").write_text("\n")
    (old / "logo.png").write_bytes(b"\x89PNG")
    (old / "figures.xlsx").write_bytes(b"PK\0")
    (old / ".hidden.txt").write_text(PLAIN)
    return old


def test_every_old_issue_of_a_folder_is_brought_in_and_the_rest_is_named(tmp_path: Path) -> None:
    old = archive(tmp_path)

    code, out, err = run("-C", str(tmp_path), "import", str(old), "-o", "issues")

    assert code == 1, "one could not be imported"
    written = sorted(p.parent.name for p in (tmp_path / "issues").glob("*/issue.md"))
    assert written == ["10", "9", "harbour-watch-11-a-quiet-strike"]
    assert "empty.md was not imported: there is no text to import" in out
    assert "figures.xlsx was passed over" in out
    assert "logo.png" not in out
    assert "3 of 4 old issues were imported" in err
    assert out.index("issue-9.txt") < out.index("issue-10.html")


def test_the_document_has_each_issue_and_each_failure(tmp_path: Path) -> None:
    old = archive(tmp_path)

    _, out, _ = run("--json", "-C", str(tmp_path), "import", str(old), "-o", "issues")

    document = json.loads(out)
    assert [Path(one["source"]).name for one in document["issues"]] == [
        "11.eml", "issue-9.txt", "issue-10.html",
    ]  # fmt: skip
    assert [one["message"] for one in document["failed"]] == ["there is no text to import"]


def test_importing_twice_overwrites_nothing(tmp_path: Path) -> None:
    old = archive(tmp_path)
    run("-C", str(tmp_path), "import", str(old), "-o", "issues")
    mine = tmp_path / "issues" / "9" / "issue.md"
    mine.write_text(mine.read_text() + "\nMine.\n")

    code, out, _ = run("-C", str(tmp_path), "import", str(old), "-o", "issues")

    assert code == 1
    assert mine.read_text().endswith("\nMine.\n")
    assert out.count("was not imported: there is an issue in") == 3


def test_a_saved_mail_gives_subject_and_day_and_its_text_where_it_has_no_html(
    tmp_path: Path,
) -> None:
    path = tmp_path / "11.eml"
    path.write_bytes(mail(text="Cranes <move> again.\n\nAnd ferries too.\n"))

    code, _, _ = run("-C", str(tmp_path), "import", str(path), "-o", "there")

    issue = (tmp_path / "there" / "issue.md").read_text()
    assert code == 0
    assert 'title: "Harbour Watch 11: a quiet strike"' in issue
    assert "date: 2019-06-07" in issue
    assert "And ferries too." in issue
    assert "Cranes \\<move> again." in issue


def test_a_folder_without_an_old_issue_says_so(tmp_path: Path) -> None:
    code, _, err = run("-C", str(tmp_path), "import", str(tmp_path), "-o", "issues")

    assert code == 1
    assert "there is no old issue in" in err


def test_a_damaged_mail_is_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "bad.eml"
    path.write_bytes(
        b"Subject: =?nope?x?=\nDate: yesterday\n"
        b"Content-Type: text/html; charset=klingon\n\n<p>\xff\n"
    )

    code, _, _ = run("-C", str(tmp_path), "import", str(path), "-o", "there")

    assert code in (0, 1)
