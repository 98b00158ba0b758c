"""What others send mail with, in the same run as ours and into the same sink.

`smtp-sink` and `smtp-source` are postfix's own (Debian: `apt install postfix`); mailmerge comes
from PyPI into an environment of its own, which the first run makes.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

CACHE = Path(__file__).with_name(".cache")
MAILMERGE = "mailmerge==2.3.0"


@dataclass
class Sink:
    port: int
    cpu_s: float = field(default=0.0)  #: what it used up, once it has ended


def postfix_tools() -> bool:
    """Whether postfix's two test programs are there."""
    return bool(shutil.which("smtp-sink") and shutil.which("smtp-source"))


@contextmanager
def smtp_sink() -> Iterator[Sink]:
    """Postfix's sink on a free port: it reads, answers and forgets."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    process = subprocess.Popen(["smtp-sink", *user, f"127.0.0.1:{port}", "256"])  # noqa: S603, S607
    sink = Sink(port)
    try:
        _wait_for(port)
        yield sink
    finally:
        process.terminate()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        sink.cpu_s = used.ru_utime + used.ru_stime


def _wait_for(port: int) -> None:
    end_s = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            if time.monotonic() > end_s:
                raise
            time.sleep(0.05)
        else:
            return


def smtp_source(port: int, sessions: int, count: int, message: Path | int) -> float:
    """Messages a second of postfix's own source: the same one over and over, nothing kept.

    `message` is a file, with LF at the end of its lines, or so many bytes of its own filling.
    """
    what = ["-l", str(message)] if isinstance(message, int) else ["-F", str(message)]
    command = ["smtp-source", "-d", "-s", str(sessions), "-m", str(count), *what]
    command += ["-f", "bounces@news.example.org", "-t", "reader@example.org", f"127.0.0.1:{port}"]
    start_s = time.perf_counter()
    subprocess.run(command, check=True)  # noqa: S603 - our own command
    return count / (time.perf_counter() - start_s)


def mailmerge() -> Path:
    """The command, installed where nothing else is."""
    folder = CACHE / "mailmerge"
    command = folder / "bin" / "mailmerge"
    if not command.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", MAILMERGE]
        subprocess.run(pip, check=True, stdout=sys.stderr)  # noqa: S603 - our own command
    return command


def run_mailmerge(
    folder: Path, port: int, template: bytes, rows: Sequence[tuple[str, ...]]
) -> float:
    """Messages a second; `rows` are its database, the first the names of the columns."""
    command = [str(mailmerge()), "--no-dry-run", "--no-limit", "--template", "template.txt"]
    command += ["--database", "list.csv", "--config", "server.conf"]
    (folder / "template.txt").write_bytes(template)
    lines = [",".join(f'"{cell}"' for cell in row) for row in rows]
    (folder / "list.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "server.conf").write_text(f"[smtp_server]\nhost = 127.0.0.1\nport = {port}\n")
    start_s = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return (len(rows) - 1) / (time.perf_counter() - start_s)
