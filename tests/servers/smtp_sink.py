"""An SMTP server on 127.0.0.1 that does what a test tells it to, at any step.

In a test:       with SmtpServer([Rule("RCPT", "550 5.1.1 nobody", match="bob@")]) as server: …
As a process:    python -m tests.servers.smtp_sink FOLDER [--delay SECONDS] [--port N]
A message is in the mailbag, and on the disk where there is a folder, before it is answered.
"""

from __future__ import annotations

import argparse
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers.mailbag import Mailbag
from tests.servers.process import SinkProcess, running, serve_until_input_ends

__all__ = [
    "PIPELINED",
    "STEP_BY_STEP",
    "Drop",
    "Hang",
    "Raw",
    "Rule",
    "SinkProcess",
    "SmtpServer",
    "Transaction",
    "start_sink",
]

STEP_BY_STEP = ("SIZE 50000000", "8BITMIME", "ENHANCEDSTATUSCODES")
PIPELINED = ("PIPELINING", *STEP_BY_STEP)


@dataclass(frozen=True)
class Drop:
    """Hang up without a word. `reset` sends RST, else it is a clean end of file."""

    reset: bool = False


@dataclass(frozen=True)
class Hang:
    """Say nothing until the server is stopped."""


@dataclass(frozen=True)
class Raw:
    """These bytes, whatever they are; `drip` sends them one by one."""

    wire: bytes
    drip: bool = False


Then = str | Drop | Hang | Raw


@dataclass
class Rule:
    """At a step, do `then` instead of what is usual; a text is a reply (`\\n` for more lines).

    Steps: CONNECT, a command's verb, BODY (after the first lines of a message) and DOT (the
    message is whole). At DOT the message is kept first when `keep`. `match` must be part of
    the line (at BODY and DOT: of the envelope). `times` counts down; None is for ever.
    """

    step: str
    then: Then
    match: str = ""
    times: int | None = 1
    keep: bool = False
    after: int = 0  #: let this many matches pass first


@dataclass(frozen=True)
class Transaction:
    """One message that was taken."""

    sender: str
    recipient: str
    content: bytes


class SmtpServer:
    """A context manager; `port` is known at once. All that happened is in public lists."""

    def __init__(
        self,
        rules: Sequence[Rule] = (),
        *,
        extensions: Sequence[str] = PIPELINED,
        folder: Path | None = None,
        delay_s: float = 0.0,
        port: int = 0,
    ) -> None:
        self.rules = list(rules)
        self.extensions = extensions
        self.delay_s = delay_s
        self.bag = Mailbag(folder)
        self.taken: list[Transaction] = []
        self.commands: list[str] = []
        self.connections = 0
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self._server = _Listener(self, port)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    def rule_for(self, step: str, line: str) -> Rule | None:
        with self.lock:
            for rule in self.rules:
                if rule.step != step or rule.match not in line or rule.times == 0:
                    continue
                if rule.after > 0:
                    rule.after -= 1
                    continue
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None

    def settle(self) -> None:
        """Wait until all that clients have written is read, and nobody is connected any more."""
        # Connections are accepted in their order: behind ours, none is left.
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as last:
            last.recv(1)
        end_s = time.monotonic() + 60
        while self._server.open_connections:
            assert time.monotonic() < end_s, "a client never hung up"
            time.sleep(0.001)  # polling other threads, not waiting for luck

    def verbs(self) -> list[str]:
        """The commands of all connections in order, without their arguments."""
        return [command.partition(" ")[0].upper() for command in self.commands]


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = True
    request_queue_size = 64
    open_connections = 0  #: accepted, and not hung up by both sides

    def __init__(self, server: SmtpServer, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Conversation)
        self.smtp = server
        self._sockets: set[socket.socket] = set()

    def remember(self, sock: socket.socket) -> None:
        with self.smtp.lock:
            self._sockets.add(sock)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.smtp.lock:
            self.open_connections += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.smtp.lock:
                self.open_connections -= 1

    def forget(self, sock: socket.socket) -> None:
        with self.smtp.lock:
            self._sockets.discard(sock)

    def hang_up(self) -> None:
        with self.smtp.lock:
            for sock in self._sockets:
                # A peer that has reset the connection was quicker (ENOTCONN).
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


class _HungUp(Exception):
    pass


@dataclass
class _Envelope:
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)


class _Conversation(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        assert isinstance(self.server, _Listener)
        self.listener = self.server
        smtp = self.smtp = self.server.smtp
        self.envelope = _Envelope()
        self.listener.remember(self.request)
        with smtp.lock:
            smtp.connections += 1
        try:
            self._step("CONNECT", "", "220 sink.example.org ESMTP")
            while (line := self._line()).endswith(b"\n"):  # half a line is no command
                self._command(line.rstrip(b"\r\n").decode("ascii", "replace"))
        except (_HungUp, OSError):
            pass
        finally:
            self.listener.forget(self.request)

    def _line(self) -> bytes:
        return self.rfile.readline(4096)

    def _command(self, line: str) -> None:
        verb = line.partition(" ")[0].upper()
        with self.smtp.lock:
            self.smtp.commands.append(line)
        match verb:
            case "EHLO":
                self._step(verb, line, "\n".join(["250 sink", *self._extensions()]))
            case "MAIL":
                free = self.envelope.sender is None
                self._note(verb, line, "250 2.1.0 ok" if free else "503 5.5.1 nested MAIL")
            case "RCPT":
                begun = self.envelope.sender is not None
                self._note(verb, line, "250 2.1.5 ok" if begun else "503 5.5.1 need MAIL")
            case "DATA":
                somebody = bool(self.envelope.recipients)
                usual = "354 go on" if somebody else "554 5.5.1 no valid recipients"
                if self._step(verb, line, usual) == "3":
                    self._receive()
            case "RSET" | "NOOP":
                self.envelope = _Envelope() if verb == "RSET" else self.envelope
                self._step(verb, line, "250 2.0.0 ok")
            case "QUIT":
                self._step(verb, line, "221 2.0.0 bye")
                raise _HungUp
            case _:
                self._step(verb, line, "502 5.5.1 not here")

    def _extensions(self) -> list[str]:
        return [f"250 {name}" for name in self.smtp.extensions]

    def _note(self, verb: str, line: str, usual: str) -> None:
        if self._step(verb, line, usual) != "2":
            return
        address = line[line.index("<") + 1 : line.rindex(">")]
        if verb == "MAIL":
            self.envelope = _Envelope(address)
        else:
            self.envelope.recipients.append(address)

    def _receive(self) -> None:
        envelope = f"{self.envelope.sender} {' '.join(self.envelope.recipients)}"
        lines: list[bytes] = []
        while (line := self._line()) != b".\r\n":
            if not line:
                raise _HungUp
            lines.append(line.removeprefix(b"."))
            if len(lines) == 3 and (rule := self._rule("BODY", envelope)):
                self._act(rule.then)
        smtp = self.smtp
        rule = self._rule("DOT", envelope)
        number = 0
        usual = "554 5.5.1 no valid recipients"
        if self.envelope.recipients and (rule is None or rule.keep):
            content = b"".join(lines)
            number = smtp.bag.add(content)
            with smtp.lock:
                smtp.taken.append(
                    Transaction(self.envelope.sender or "", self.envelope.recipients[0], content)
                )
            usual = f"250 2.0.0 queued as {number:07d}"
        self.envelope = _Envelope()
        smtp.stopping.wait(smtp.delay_s)
        self._act(rule.then if rule else usual)

    def _step(self, step: str, line: str, usual: str) -> str:
        """The first digit of what the client was told."""
        rule = self._rule(step, line)
        then = rule.then if rule else usual
        self._act(then)
        if isinstance(then, Raw):
            return then.wire[:1].decode("ascii", "replace")
        return then[0] if isinstance(then, str) else ""

    def _rule(self, step: str, line: str) -> Rule | None:
        return self.smtp.rule_for(step, line)

    def _act(self, then: Then) -> None:
        if isinstance(then, Hang):
            self.smtp.stopping.wait()
            raise _HungUp
        if isinstance(then, Drop):
            if then.reset:
                option = struct.pack("ii", 1, 0)  # linger for 0 s: an RST instead of a FIN
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
            raise _HungUp
        if isinstance(then, Raw):
            for piece in map(bytes, zip(then.wire, strict=True)) if then.drip else (then.wire,):
                self.wfile.write(piece)
            return
        lines = then.split("\n")
        wire = [f"{line[:3]}-{line[4:]}" for line in lines[:-1]] + lines[-1:]
        self.wfile.write("".join(f"{line}\r\n" for line in wire).encode())
        if lines[-1].startswith("421"):
            raise _HungUp


def start_sink(folder: Path, *, delay_s: float = 0.0) -> AbstractContextManager[SinkProcess]:
    """The server as a process of its own, which keeps every message in `folder`."""
    options = ["--delay", str(delay_s)]
    return running("tests.servers.smtp_sink", folder, "eml", options)


def main() -> None:
    parser = argparse.ArgumentParser(description="An SMTP server that keeps what it is sent.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    with SmtpServer(folder=options.folder, delay_s=options.delay, port=options.port) as server:
        serve_until_input_ends(server.port)


if __name__ == "__main__":
    main()
