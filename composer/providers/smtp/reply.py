"""A server's reply: three digits, perhaps an enhanced code (RFC 3463), and text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from composer.providers.reasons import plain_reason

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")

#: Nobody may go on before he has said who he is, or at all: never one reader's fault.
ABOUT_US = frozenset({503, 530, 534, 535, 538})

#: The server is closing the connection (RFC 5321 section 3.8); any command may get it.
CLOSING = 421

#: RFC 5321 section 4.5.3.1.10: after RCPT it means "later", as 452 does.
TOO_MUCH = 552


@dataclass(frozen=True, slots=True)
class Reply:
    """`code` is -1 when what came was no reply."""

    code: int
    enhanced: str
    text: str

    @classmethod
    def parse(cls, code: int, raw: bytes) -> Reply:
        """`raw` is the text of all lines, without their codes, with LF between them.

        Servers repeat the enhanced code on every line; it is kept once.
        """
        lines = raw.decode("utf-8", "replace").splitlines()
        match = _ENHANCED.match(lines[0]) if lines else None
        enhanced = match.group(1) if match else ""
        if match:
            lines = [line.removeprefix(enhanced).lstrip() for line in lines]
        return cls(code, enhanced, " ".join(line for line in lines if line))

    @property
    def good(self) -> bool:
        return 200 <= self.code < 300

    @property
    def later(self) -> bool:
        return 400 <= self.code < 500

    @property
    def never(self) -> bool:
        return 500 <= self.code < 600

    def __str__(self) -> str:
        """`550 5.1.1 No such user`, in one line and without addresses."""
        return plain_reason(f"{self.codes} {self.text}")

    @property
    def codes(self) -> str:
        """`550 5.1.1`: what a server that echoes our words cannot spoil."""
        return f"{self.code} {self.enhanced}".strip()
