"""A mailbox on a POP3 server."""

from __future__ import annotations

import poplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from composer.errors import Misconfigured, Unreachable
from composer.events.mail.letter import MAX_BYTES
from composer.events.mail.mailbox import Held
from composer.mailboxes.imap import Login


@dataclass
class Pop3Mailbox:
    """Read messages are deleted, others stay: POP3 has no other way to put one away."""

    login: Login
    server: poplib.POP3
    context: ssl.SSLContext | None = None
    _gone: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, login: Login, context: ssl.SSLContext | None = None) -> Pop3Mailbox:
        """Log in.

        Raises:
            Unreachable: nobody answers there.
            Misconfigured: name or password is refused.
        """
        return cls(login, _session(login, context), context)

    def waiting(self) -> Iterator[Held]:
        for number in range(1, self._count() + 1):
            raw = self._fetched(number)
            if raw is not None:
                yield Held(str(number), raw)

    def _count(self) -> int:
        try:
            return self.server.stat()[0]
        except (OSError, poplib.error_proto, EOFError) as error:
            raise self._lost(error) from error

    def _fetched(self, number: int) -> bytes | None:
        try:
            lines = self.server.retr(number)[1]
        except poplib.error_proto:
            # A line that is longer than the library takes: the rest of it is still to come.
            self._again()
            return None
        except (OSError, EOFError) as error:
            raise self._lost(error) from error
        return b"\r\n".join(lines)[:MAX_BYTES]

    def _again(self) -> None:
        with suppress(OSError):
            self.server.close()
        self.server = _session(self.login, self.context)

    def settle(self, read: Sequence[str], left: Sequence[str]) -> None:
        """Marked here; the server deletes when we say goodbye, and nothing if we fall before."""
        del left
        try:
            for number in read:
                self.server.dele(int(number))
        except (OSError, poplib.error_proto, EOFError) as error:
            raise self._lost(error) from error

    def _lost(self, error: BaseException) -> Unreachable:
        name = type(error).__name__
        return Unreachable(f"the mailbox at {self.login.host} went away: {name}")

    def close(self) -> None:
        with suppress(OSError, poplib.error_proto, EOFError, AttributeError):
            self.server.quit()


def _session(login: Login, context: ssl.SSLContext | None) -> poplib.POP3:
    server: poplib.POP3
    try:
        if login.secure:
            tls = context or ssl.create_default_context()
            server = poplib.POP3_SSL(login.host, login.port, timeout=login.timeout_s, context=tls)
        else:
            server = poplib.POP3(login.host, login.port, timeout=login.timeout_s)
    except (OSError, poplib.error_proto, EOFError) as error:
        raise Unreachable(f"the mailbox at {login.host} cannot be reached: {error}") from error
    try:
        server.user(login.username)
        server.pass_(login.password)
    except (OSError, poplib.error_proto, EOFError) as error:
        with suppress(OSError):
            server.close()
        raise Misconfigured(
            f"{login.host} refused the name or the password",
            hint="look at [bounces] of newsletter.toml",
        ) from error
    return server
