"""SpamAssassin, asked through its daemon where one runs, else as a program: both say the same."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from composer.errors import ConfigError, Unreachable

#: Where `spamd` listens unless it is told otherwise.
SPAMD = ("127.0.0.1", 783)
#: Rules take seconds on a busy machine.
MOST_S = 60.0
_MOST_BYTES = 1_000_000
_RULE = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s+([A-Z][A-Z0-9_]+)\s+(.*)$", re.MULTILINE)
#: They look at the way of a message, and this one has not gone any.
_TRAVEL = frozenset({"NO_RELAYS", "NO_RECEIVED", "ALL_TRUSTED", "UNPARSEABLE_RELAY"})

#: The bytes of a message; SpamAssassin's report about it.
Ask = Callable[[bytes], str]


@dataclass(frozen=True, slots=True)
class Given:
    """The points that one rule gives, and what it says of itself."""

    points: float
    words: str


def rules_in(report: str) -> Mapping[str, Given]:
    """The rules of SpamAssassin's report by name, without those about travelling."""
    found = _RULE.findall(report.replace("\r\n", "\n"))
    return {
        name: Given(float(points), words.strip())
        for points, name, words in found
        if name not in _TRAVEL
    }


def find_judge(spamd: tuple[str, int] = SPAMD) -> Ask:
    """How SpamAssassin can be asked here.

    Raises:
        ConfigError: it is not on this machine.
    """
    with suppress(OSError), socket.create_connection(spamd, timeout=2.0):
        return lambda message: _ask_daemon(message, spamd)
    program = shutil.which("spamassassin")
    if program is None:
        raise ConfigError(
            "SpamAssassin is not on this machine",
            hint="install it (Debian: apt install spamassassin), or check without --spam",
        )
    return lambda message: _run(message, program)


def _ask_daemon(message: bytes, spamd: tuple[str, int]) -> str:
    """REPORT of the protocol SPAMC/1.5: a line, headers, an empty line, the report."""
    head = f"REPORT SPAMC/1.5\r\nContent-length: {len(message)}\r\n\r\n".encode()
    try:
        with socket.create_connection(spamd, timeout=MOST_S) as connection:
            connection.sendall(head + message)
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as answer:
                said = answer.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise Unreachable(f"spamd does not answer: {error}", hint="check again later") from error
    first, _, rest = said.partition("\r\n")
    if not first.startswith("SPAMD/") or " 0 EX_OK" not in first:
        raise Unreachable(f"spamd says {first[:80]!r}", hint="look into its log")
    return rest.partition("\r\n\r\n")[2]


def _run(message: bytes, program: str) -> str:
    """The program, offline (`-L`); its report stands below the message that it repeats."""
    try:
        ran = subprocess.run(  # noqa: S603 - the one that is installed, with words of ours
            [program, "-t", "-L"], input=message, capture_output=True, timeout=MOST_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        problem = f"spamassassin does not run: {error}"
        raise Unreachable(problem, hint="try it by hand: spamassassin -t -L < FILE") from error
    return ran.stdout.decode("utf-8", "replace").rpartition("Content analysis details:")[2]
