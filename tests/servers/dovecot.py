"""A Dovecot of the tests' own, for IMAP and POP3: its folder, its ports, its Maildir."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

USERNAME, PASSWORD = "bounces", "pass wörd"

_CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
mail_location = maildir:{folder}/Maildir
mail_uid = {uid}
mail_gid = {gid}
mail_fsync = never
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Done {{
    auto = create
  }}
}}
"""


def program() -> str:
    """Skips where there is none; an error under CI."""
    found = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    if found:
        return found
    lack = "Dovecot is missing; on Debian: sudo apt-get install dovecot-imapd dovecot-pop3d"
    if os.environ.get("CI"):
        pytest.fail(lack)
    pytest.skip(lack)


@dataclass(frozen=True)
class Dovecot:
    imap: int
    pop3: int
    maildir: Path

    def deliver(self, name: str, raw: bytes) -> None:
        (self.maildir / "tmp" / name).write_bytes(raw)
        (self.maildir / "tmp" / name).chmod(0o666)
        (self.maildir / "tmp" / name).rename(self.maildir / "new" / name)


@contextmanager
def running() -> Iterator[Dovecot]:
    """A server on 127.0.0.1 that is gone afterwards, with everything of it."""
    binary = program()
    me = pwd.getpwuid(os.geteuid())
    # Root's own processes give up their rights; everybody else's are theirs already.
    mail = pwd.getpwnam("nobody") if me.pw_uid == 0 else me
    group = "nogroup" if me.pw_uid == 0 else str(me.pw_gid)
    folder = Path(tempfile.mkdtemp(prefix="nl-dc-", dir="/tmp"))
    maildir = folder / "Maildir"
    for part in ("new", "cur", "tmp"):
        (maildir / part).mkdir(parents=True, exist_ok=True)
    server = Dovecot(_free_port(), _free_port(), maildir)
    (folder / "config").write_text(
        _CONFIG.format(
            folder=folder,
            user=mail.pw_name,
            group=group,
            uid=mail.pw_uid,
            gid=mail.pw_gid,
            imap=server.imap,
            pop3=server.pop3,
        )
    )
    (folder / "users").write_text(f"{USERNAME}:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
    for path in (folder, maildir, *maildir.iterdir()):
        os.chown(path, mail.pw_uid, mail.pw_gid)
        path.chmod(0o777)
    process = subprocess.Popen(  # noqa: S603 - our own command
        [binary, "-F", "-c", str(folder / "config")], stderr=subprocess.DEVNULL
    )
    try:
        for port in (server.imap, server.pop3):
            _wait_for(port, process, folder / "log")
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
                if line.recv(3):
                    return
        except OSError:
            time.sleep(0.05)
    told = log.read_text() if log.exists() else "no log"
    raise AssertionError(f"Dovecot did not start:\n{told[-2000:]}")
