"""Several hosts that deliver one mailing: a folder and processes for each, and one database."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from composer.cli.main import main
from tests.servers.forked import Forked, Nursery, Order
from tests.servers.postgres import Server
from tests.servers.process import SinkProcess, running

ROOT = Path(__file__).parents[2]
#: How long to wait for anything: a busy machine is slow, not wrong.
PATIENCE_S = 240.0

CONFIG = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
postal_address = "12 Quay Street, Port Example"
base_url = "https://news.example.org"

[provider]
kind = "smtp"
[provider.smtp]
port = {port}
security = "none"
connections = {connections}

[workers]
send = true
"""


def until(
    what: str,
    is_so: Callable[[], bool],
    patience_s: float = PATIENCE_S,
    *,
    every_s: float = 0.1,
) -> None:
    """Wait for something that must happen."""
    end_s = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < end_s, f"waited in vain for: {what}"
        time.sleep(every_s)  # asking another process, not waiting for luck


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class Hosts:
    """The hosts of a newsletter. `server` is theirs alone: it may be stopped."""

    folder: Path
    server: Server
    sink: SinkProcess
    connections: int = 2
    database: str = "newsletter"
    more: str = ""  #: of newsletter.toml
    nursery: Nursery | None = None  #: where workers are forked, if they are
    workers: dict[str, subprocess.Popen[bytes] | Forked] = field(default_factory=dict)

    def host(self, name: str) -> Path:
        """Its folder: what each host needs is the site's file."""
        folder = self.folder / name
        if not folder.exists():
            folder.mkdir(parents=True)
            config = CONFIG.format(port=self.sink.port, connections=self.connections)
            (folder / "newsletter.toml").write_text(config + self.more)
        return folder

    @property
    def environ(self) -> dict[str, str]:
        url = self.server.url(self.database)
        return {**os.environ, "NEWSLETTER_DATABASE_URL": url, "PYTHONWARNINGS": "error"}

    def run(self, host: str, *words: str) -> Ran:
        """A command at that host, in this process: quicker."""
        runner = CliRunner(env={"NEWSLETTER_DATABASE_URL": self.server.url(self.database)})
        result = runner.invoke(main, ["-C", str(self.host(host)), *words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def start_worker(self, host: str, processes: int = 1) -> None:
        words = ("-C", str(self.host(host)), "worker", "--processes", str(processes))
        with (self.host(host) / "worker.log").open("ab") as log:
            if self.nursery is not None:
                order = Order("composer", words, str(ROOT), self.environ)
                self.workers[host] = self.nursery.start(order, stdout=log, stderr=log)
                return
            self.workers[host] = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "composer", *words],
                stdout=log,
                stderr=log,
                env=self.environ,
                cwd=ROOT,
            )

    def log(self, host: str) -> str:
        return (self.host(host) / "worker.log").read_text()

    def drain(self) -> None:
        """Tell every worker to end, and wait for it."""
        living = [p for p in self.workers.values() if p.poll() is None]
        for process in living:
            process.send_signal(signal.SIGTERM)
        for process in living:
            process.wait(PATIENCE_S)

    # --- looking ----------------------------------------------------------------------

    def taken(self) -> list[str]:
        """The address of each message that the receiving server took, in their order."""
        path = self.sink.folder / "taken.txt"
        return path.read_text().split() if path.exists() else []

    def count(self) -> int:
        path = self.sink.folder / "taken.txt"
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def statuses(self) -> Counter[str]:
        rows = self.server.run("SELECT status, count(*) FROM deliveries GROUP BY 1", self.database)
        return Counter({str(status): int(count) for status, count in rows})

    def lines(self) -> dict[str, str]:
        """Address → status, of every line of the ledger."""
        rows = self.server.run("SELECT address, status FROM deliveries", self.database)
        return {str(address): str(status) for address, status in rows}

    def busy(self) -> dict[int, str]:
        """Process → the share that it has in hand, as it last said."""
        rows = self.server.run("SELECT pid, share FROM workers WHERE share <> ''", self.database)
        return {int(pid): str(share) for pid, share in rows}

    def started(self) -> int:
        return int(self.server.run("SELECT count(*) FROM workers", self.database)[0][0])

    def knows(self, host: str) -> bool:
        """Whether the worker there has said that it is at work."""
        rows = self.server.run("SELECT pid FROM workers", self.database)
        return self.workers[host].pid in {int(row[0]) for row in rows}

    def is_done(self) -> bool:
        found = self.statuses()
        return not (found["planned"] + found["attempting"] + found["deferred"])

    def status(self) -> dict[str, Any]:
        document = json.loads(self.run("desk", "--json", "status").stdout)
        assert isinstance(document, dict)
        return document


@contextmanager
def hosts(
    folder: Path,
    server: Server,
    readers: int,
    *,
    connections: int = 2,
    database: str = "newsletter",
    more: str = "",
    nursery: Nursery | None = None,
) -> Iterator[Hosts]:
    """An office with a list and an issue; workers are started by whoever asks for them."""
    with running("tests.servers.counting_sink", folder / "sink", "", ["--names"]) as sink:
        server.run(f"CREATE DATABASE {database}")
        made = Hosts(folder, server, sink, connections, database, more, nursery)
        desk = made.host("desk")
        shutil.copytree(ROOT / "issues" / "2026-017", desk / "issues" / "2026-017")
        rows = "".join(f"reader{n}@example.net,Reader {n}\n" for n in range(readers))
        (desk / "list.csv").write_text(f"email,first_name\n{rows}")
        ran = made.run("desk", "subscribers", "import", "list.csv")
        assert ran.returncode == 0, ran.stderr
        try:
            yield made
        finally:
            for process in made.workers.values():
                if process.poll() is None:
                    process.kill()
                process.wait()
