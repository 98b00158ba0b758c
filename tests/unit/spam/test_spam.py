"""SpamAssassin's answers become findings; daemon and program are asked as they want to be."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from composer.errors import ConfigError, Unreachable
from composer.spam.findings import spam_findings
from composer.spam.judge import find_judge, rules_in

PATH = Path("issue.md")
#: As SpamAssassin 4 writes it.
REPORT = """ (3.6 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
-0.0 NO_RELAYS              Informational: message was not relayed via SMTP
 2.1 SUBJ_ALL_CAPS          Subject is all capitals
 0.7 HTML_FONT_LOW_CONTRAST BODY: HTML font color similar or
                            identical to background
 0.8 MPART_ALT_DIFF         BODY: HTML and text parts are different
"""
QUIET = REPORT.replace(" 2.1 ", " 0.1 ")
MESSAGE = b"Subject: X\r\n\r\nText.\r\n"


def told(report: str) -> list[str]:
    return [str(f) for f in spam_findings(PATH, [("the letter in en", MESSAGE)], lambda _: report)]


def test_points_and_heavy_rules_are_told() -> None:
    score = (
        "issue.md:1:1: warning[spam/score] SpamAssassin gives the letter in en 3.6 points; "
        "5 are spam\n  hint: look at SUBJ_ALL_CAPS, MPART_ALT_DIFF, HTML_FONT_LOW_CONTRAST"
    )
    rule = (
        "issue.md:1:1: warning[spam/rule] SpamAssassin's SUBJ_ALL_CAPS gives the letter in en "
        "2.1 points\n  hint: Subject is all capitals"
    )
    assert told(REPORT) == [score, rule]


def test_five_points_are_an_error() -> None:
    assert told(REPORT.replace("2.1", "3.5"))[0].startswith("issue.md:1:1: error[spam/score]")


def test_a_letter_with_few_points_is_left_alone() -> None:
    assert told(QUIET) == []


def test_rules_about_the_way_of_a_message_do_not_count() -> None:
    assert "NO_RELAYS" not in rules_in(REPORT)


@pytest.fixture
def spamd() -> Iterator[tuple[tuple[str, int], list[bytes], list[str]]]:
    """A daemon on this machine: where it is, what it was asked, and what it answers next."""
    asked: list[bytes] = []
    answers = [f"SPAMD/1.1 0 EX_OK\r\nContent-length: {len(REPORT)}\r\n\r\n{REPORT}"]
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                if data := stream.read():
                    asked.append(data)
                    connection.sendall(answers[-1].encode())

    thread = threading.Thread(target=serve)
    thread.start()
    yield server.getsockname(), asked, answers
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def test_the_daemon_is_asked_in_its_protocol(
    spamd: tuple[tuple[str, int], list[bytes], list[str]],
) -> None:
    where, asked, answers = spamd

    assert rules_in(find_judge(where)(MESSAGE)).keys() == rules_in(REPORT).keys()
    assert asked == [b"REPORT SPAMC/1.5\r\nContent-length: 21\r\n\r\n" + MESSAGE]

    answers.append("SPAMD/1.1 76 EX_PROTOCOL\r\n\r\n")
    with pytest.raises(Unreachable, match="EX_PROTOCOL"):
        find_judge(where)(MESSAGE)


def closed() -> tuple[str, int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
    return host, port


def test_without_a_daemon_the_program_is_run_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "spamassassin"
    program.write_text(
        '#!/bin/sh\n[ "$*" = "-t -L" ] || exit 9\ncat\n'
        f"cat <<'END'\nContent analysis details:  {REPORT}\nEND\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert rules_in(find_judge(closed())(MESSAGE))["SUBJ_ALL_CAPS"].points == 2.1

    program.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(Unreachable, match="spamassassin does not run"):
        find_judge(closed())(MESSAGE)


def test_where_there_is_none_one_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ConfigError, match="SpamAssassin is not on this machine") as caught:
        find_judge(closed())
    assert "without --spam" in caught.value.hint
