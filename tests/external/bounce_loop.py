"""A real loop on this machine: a mailing through Postfix, its bounces home, the right people gone.

    sudo make bounce-loop

Postfix (Debian: `apt-get install postfix`) runs in a folder of its own, on loopback alone, and
relays a mailing to a server that refuses some readers. Its reports come home to a Maildir that
`newsletter bounces` reads. It must be started by root, as Postfix asks.
"""

from __future__ import annotations

import json
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

READERS = {
    "ana": "",
    "ben": "",
    "dead": "550 5.1.1 <{}>: Recipient address rejected: User unknown in virtual mailbox table",
    "moved": "550 5.1.6 <{}> has moved",
    "full": "552 5.2.2 The recipient's mailbox is over quota",
    "busy": "452 4.2.2 mailbox is busy",
    "strict": "550 5.7.26 Unauthenticated email from news.example.org is not accepted",
    "leaver": "",
    "away": "",
    "angry": "",
}
REFUSED = 5
TOML = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
base_url = "https://news.example.org"
postal_address = "12 Quay Street, Port Example"
bounces = "bounces@news.example.org"
unsubscribe_mailto = "leave@news.example.org"
[provider]
kind = "smtp"
[provider.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
[bounces]
source = "maildir:{home}"
"""
ISSUE = """\
---
schema: 1
number: 14
title: Harbour Watch No. 14
date: 2026-11-20
subject: "Harbour Watch 14: a quiet strike"
preheader: Three ports and a ferry line.
---

## Dockers Pause Work {#dockers}

Crane crews stopped loading for nine hours on Tuesday. (*The Quay Gazette*, November 18, 2026)
"""
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.news.example.org
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
virtual_mailbox_domains = news.example.org
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:home/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
recipient_delimiter = +
relayhost = [127.0.0.1]:{sink}
smtp_host_lookup = native
maximal_queue_lifetime = 0
bounce_queue_lifetime = 0
alias_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Refusing:
    """The server at the other end; aiosmtpd asks it."""

    def __init__(self) -> None:
        self.took: list[tuple[str, str, bytes]] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if answer := READERS[address.partition("@")[0]]:
            return answer.format(address)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        del server, session
        for reader in envelope.rcpt_tos:
            self.took.append((reader, envelope.mail_from, envelope.content))
        return "250 2.0.0 Ok"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def postfix(folder: Path, port: int, sink: int) -> Iterator[Path]:
    """A Postfix of our own; yields the Maildir that mail to news.example.org is delivered to."""
    config = folder / "postfix"
    for name in ("queue", "data", "postfix", "home"):
        (folder / name).mkdir()
    (config / "main.cf").write_text(MAIN.format(folder=folder, sink=sink))
    (config / "master.cf").write_text(MASTER.format(port=port))
    home = folder / "home"
    for path in (home, *(home / name for name in ("new", "cur", "tmp"))):
        path.mkdir(exist_ok=True)
        os.chown(path, 65534, 65534)
    folder.chmod(0o755)
    shutil.chown(folder / "data", "postfix")
    run = ["/usr/sbin/postfix", "-c", str(config)]
    subprocess.run([*run, "start"], check=True, capture_output=True)  # noqa: S603
    try:
        until(lambda: answers(port), "Postfix answers")
        yield home
    finally:
        subprocess.run([*run, "stop"], check=False, capture_output=True)  # noqa: S603


def answers(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as server:
            return server.noop()[0] == 250
    except OSError:
        return False


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 60
    while not true():
        if time.monotonic() > end:
            raise SystemExit(f"after a minute still not: {what}")
        time.sleep(0.1)


def newsletter(site: Path, *words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "composer", "-C", str(site), "--json", "--no-input", *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode not in (0, 1):
        raise SystemExit(f"newsletter {' '.join(words)}: {done.stderr}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def people_answer(sink: Refusing, port: int) -> None:
    """One leaves by mail, one is away, and one complains through a feedback loop."""
    mail = {reader.partition("@")[0]: (sender, body) for reader, sender, body in sink.took}
    leaver = mail["leaver"][1].replace(b"\r\n ", b" ").partition(b"<mailto:")[2]
    leave_to = leaver.partition(b"?")[0].decode()
    away_from, angry = mail["away"][0], mail["angry"]
    report = (
        b"Feedback-Type: abuse\r\nUser-Agent: loop/1\r\nVersion: 1\r\n"
        b"Original-Mail-From: <" + angry[0].encode() + b">\r\n"
    )
    complaint = (
        b"From: fbl@example.net\r\nSubject: FW: complaint\r\nMIME-Version: 1.0\r\nContent-Type: "
        b'multipart/report; report-type=feedback-report; boundary="x"\r\n\r\n--x\r\n\r\nabuse\r\n'
        b"--x\r\nContent-Type: message/feedback-report\r\n\r\n" + report + b"\r\n--x\r\n"
        b"Content-Type: message/rfc822\r\n\r\n" + angry[1] + b"\r\n--x--\r\n"
    )
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as server:
        server.sendmail("leaver@example.net", [leave_to], b"Subject: unsubscribe\r\n\r\n")
        away = b"Subject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n"
        server.sendmail("", [away_from], away)
        server.sendmail("", ["bounces@news.example.org"], complaint)


def main() -> None:
    if os.geteuid() != 0 or not Path("/usr/sbin/postfix").exists():
        raise SystemExit("it needs root and Postfix: sudo apt-get install postfix")
    folder = Path(tempfile.mkdtemp(prefix="nl-loop-", dir="/tmp"))
    sink, port = Refusing(), free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with postfix(folder, port, controller.port) as home:
            site = folder / "site"
            (site / "issues" / "2026-014").mkdir(parents=True)
            (site / "issues" / "2026-014" / "issue.md").write_text(ISSUE)
            (site / "newsletter.toml").write_text(TOML.format(port=port, home=home))
            lines = ["email,status", *(f"{name}@example.net,confirmed" for name in READERS)]
            (site / "list.csv").write_text("\n".join(lines) + "\n")
            newsletter(site, "subscribers", "import", str(site / "list.csv"))
            words = ["send", "2026-014", "--segment", "everyone"]
            sent = newsletter(site, *words, "--confirm", f"everyone {len(READERS)}")
            print(f"sent: {sent['accepted']} accepted, {sent['refused']} refused")
            until(lambda: len(sink.took) == len(READERS) - REFUSED, "the others have it")
            people_answer(sink, port)
            until(lambda: len(list((home / "new").iterdir())) == REFUSED + 3, "all came home")
            read = newsletter(site, "bounces")
            again = newsletter(site, "bounces")
            judge(site, read, again)
    finally:
        controller.stop()
        shutil.rmtree(folder, ignore_errors=True)


def judge(site: Path, read: dict[str, Any], again: dict[str, Any]) -> None:
    print("messages:", read["messages"])
    found = {
        name: newsletter(site, "subscribers", "show", f"{name}@example.net")["suppressed"]
        for name in READERS
    }
    for name, reason in found.items():
        print(f"  {name:<8}{reason or 'still on the list'}")
    report = newsletter(site, "report")
    print("events:", report["events"], "balanced:", report["balanced"])
    wanted = dict.fromkeys(READERS, "") | {
        "dead": "bounced",
        "moved": "bounced",
        "leaver": "unsubscribed",
        "angry": "complained",
    }
    assert found == wanted, wanted
    counts = {"bounce": 5, "complaint": 1, "leaving": 1, "auto-reply": 1, "other": 0}
    assert read["messages"] == counts, counts
    assert read["policy_refusals"] == 1
    assert sum(again["messages"].values()) == 0
    assert report["balanced"]
    assert report["events"]["bounced"] == REFUSED
    print("the right people are suppressed, scored or left alone")


if __name__ == "__main__":
    main()
