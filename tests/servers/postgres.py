"""A PostgreSQL server of the tests' own: its folder, its socket, its port; fsync on.

`shared_server` is one for all processes of a test run. A guardian watches over it: it holds a
lock that it gets when the last of them has ended, however that was, and then clears up.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
USER, PASSWORD = "desk", "correct:horse/battery@staple"
_SETTINGS = {"fsync": "on", "shared_buffers": "32MB", "max_connections": "60", "timezone": "UTC"}


def program(name: str) -> str:
    """Of PATH, or of the newest version that Debian's packages installed."""
    places = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(places, key=lambda p: int(p.parent.name), reverse=True)
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(map(str, newest)))
    if found:
        return str(Path(found).resolve())
    lack = f"PostgreSQL's {name} is missing; on Debian: sudo apt-get install postgresql"
    if os.environ.get("CI"):
        pytest.fail(lack)
    pytest.skip(lack)


def _somebody() -> dict[str, Any]:
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Server:
    """Everything of it is in `folder`, which ends with it."""

    folder: str
    port: int
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)
    _reader: threading.Thread | None = field(default=None, repr=False)

    @classmethod
    def make(cls) -> Server:
        """A new one. It sorts as people do, not by code points: nothing may depend on that."""
        folder = Path(tempfile.mkdtemp(prefix="nl-pg-", dir="/tmp"))
        who = _somebody()
        if who:
            os.chown(folder, who["user"], who["group"])
        password = folder / "password"
        password.write_text(PASSWORD)
        if who:
            os.chown(password, who["user"], who["group"])
        said = subprocess.run([program("postgres"), "--version"], capture_output=True, text=True)  # noqa: S603, PLW1510
        version = re.search(r"\d+", said.stdout)
        sorting = ["--locale-provider=icu", "--icu-locale=en-US"]
        subprocess.run(  # noqa: S603 - the program that was found
            [
                *(program("initdb"), "-D", str(folder / "data"), "--username", USER, "--no-sync"),
                *("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
                *(sorting if version and int(version[0]) >= 15 else ()),
            ],
            check=True,
            capture_output=True,
            **who,
        )
        return cls(str(folder), closed_port())

    def start(self) -> None:
        settings = {
            **_SETTINGS,
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": self.folder,
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(  # noqa: S603 - the program that was found
            [program("postgres"), "-D", f"{self.folder}/data", *words],
            stderr=subprocess.PIPE,
            text=True,
            **_somebody(),
        )
        assert self._process.stderr is not None
        log = []
        for line in self._process.stderr:
            log.append(line)
            if "ready to accept connections" in line:
                break
        else:
            pytest.fail("PostgreSQL did not start:\n" + "".join(log))
        self._reader = threading.Thread(target=self._process.stderr.read, daemon=True)
        self._reader.start()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT throws everybody out; SIGQUIT is a crash, which the log is replayed after."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            if self._reader is not None and self._process.stderr is not None:
                self._reader.join()
                self._process.stderr.close()
            self._process = self._reader = None

    def url(self, database: str, *, tcp: bool = False, password: str = PASSWORD) -> str:
        if tcp:
            who = f"{USER}:{quote(password, safe='')}"
            return f"postgresql+psycopg://{who}@127.0.0.1:{self.port}/{database}"
        where = quote(self.folder, safe="")
        return f"postgresql+psycopg://{USER}@/{database}?host={where}&port={self.port}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(
            host=self.folder, port=self.port, user=USER, dbname=database, autocommit=True
        ) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def own_server() -> Iterator[Server]:
    """For tests that stop it."""
    server = Server.make()
    try:
        server.start()
        yield server
    finally:
        server.stop()
        server.clear()


@contextmanager
def shared_server(common: Path) -> Iterator[Server]:
    """The one server of all processes that name the same folder."""
    known = common / "postgres.json"
    with (common / "postgres.users").open("a") as users:
        with (common / "postgres.start").open("a") as start:
            fcntl.flock(start, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_SH)  # while a guardian clears up, this waits for it
            if not known.exists():
                program("initdb")
                _start_guardian(common)
        said = json.loads(known.read_text())
        yield Server(said["folder"], said["port"])


def _start_guardian(common: Path) -> None:
    guardian = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "tests.servers.postgres", str(common)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    )
    assert guardian.stdout is not None
    if not guardian.stdout.readline():
        pytest.fail("PostgreSQL did not start")
    guardian.stdout.close()
    guardian.returncode = 0  # it outlives us: nobody waits for it


def _guard(common: Path) -> None:
    with own_server() as server, (common / "postgres.users").open("a") as users:
        known = common / "postgres.json"
        known.write_text(json.dumps({k: v for k, v in asdict_of(server).items() if k[0] != "_"}))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        fcntl.flock(users, fcntl.LOCK_EX)
        known.unlink()
        server.stop()


def asdict_of(server: Server) -> dict[str, Any]:
    return asdict(Server(server.folder, server.port))


if __name__ == "__main__":
    _guard(Path(sys.argv[1]))
