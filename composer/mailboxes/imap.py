"""A mailbox on an IMAP server."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from composer.errors import Misconfigured, Unreachable
from composer.events.mail.letter import MAX_BYTES
from composer.events.mail.mailbox import Held

#: On messages that are for people: they stay unseen, and are not read again.
KEYWORD = "NewsletterLeft"
_CHUNK = 100


@dataclass(frozen=True, slots=True)
class Login:
    """Where to, as whom; `secure` is TLS from the first byte."""

    host: str
    port: int
    secure: bool
    username: str
    password: str = field(repr=False)
    timeout_s: float = 30.0


@dataclass
class ImapMailbox:
    """Read messages become seen, or move to `done` where there is one."""

    server: imaplib.IMAP4
    host: str
    done: str = ""
    _has_keywords: bool = True

    @classmethod
    def open(
        cls, login: Login, folder: str, done: str, context: ssl.SSLContext | None = None
    ) -> ImapMailbox:
        """Log in and choose the folder.

        Raises:
            Unreachable: nobody answers there.
            Misconfigured: name, password or folder is refused.
        """
        server: imaplib.IMAP4
        try:
            if login.secure:
                tls = context or ssl.create_default_context()
                server = imaplib.IMAP4_SSL(
                    login.host, login.port, ssl_context=tls, timeout=login.timeout_s
                )
            else:
                server = imaplib.IMAP4(login.host, login.port, timeout=login.timeout_s)
        except (OSError, imaplib.IMAP4.error) as error:
            raise Unreachable(f"the mailbox at {login.host} cannot be reached: {error}") from error
        box = cls(server, login.host, done)
        try:
            box._log_in(login)
            box._choose(folder)
        except (OSError, imaplib.IMAP4.abort) as error:
            box.close()
            raise box.lost(error) from error
        except imaplib.IMAP4.error as error:
            box.close()
            # The server may repeat what it was given.
            raise Misconfigured(
                f"{login.host} refused the name, the password or the folder {folder!r}",
                hint="look at [bounces] of newsletter.toml",
            ) from error
        return box

    def _log_in(self, login: Login) -> None:
        """LOGIN takes ASCII only; PLAIN takes every password."""
        if "AUTH=PLAIN" in self.server.capabilities:
            secret = f"\0{login.username}\0{login.password}".encode()
            self.server.authenticate("PLAIN", lambda _: secret)
        else:
            self.server.login(_quoted(login.username), login.password)

    def _choose(self, folder: str) -> None:
        answer, _ = self.server.select(_quoted(folder))
        if answer != "OK":
            raise imaplib.IMAP4.error(folder)
        _, flags = self.server.response("PERMANENTFLAGS")
        allowed = b" ".join(one for one in flags or [] if isinstance(one, bytes))
        self._has_keywords = b"\\*" in allowed or KEYWORD.encode() in allowed

    def waiting(self) -> Iterator[Held]:
        criteria = ["UNSEEN"] + (["UNKEYWORD", KEYWORD] if self._has_keywords else [])
        for uid in self._uids(*criteria):
            raw = self._fetched(uid)
            if raw is not None:
                yield Held(uid, raw)

    def _uids(self, *criteria: str) -> list[str]:
        with _Told(self):
            answer, found = self.server.uid("SEARCH", *criteria)
        if answer != "OK":
            raise Misconfigured(f"{self.host} cannot search its mailbox")
        words = b" ".join(one for one in found if isinstance(one, bytes)).split()
        return [word.decode("ascii", "replace") for word in words if word.isdigit()]

    def _fetched(self, uid: str) -> bytes | None:
        """The beginning of a message; PEEK leaves it unseen."""
        with _Told(self):
            answer, found = self.server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MAX_BYTES}>)")
        if answer != "OK":
            return None
        # A literal is a pair; what else the server tells is plain bytes.
        pairs = (one for one in found if isinstance(one, tuple) and len(one) > 1)
        return next((bytes(pair[1]) for pair in pairs), None)

    def settle(self, read: Sequence[str], left: Sequence[str]) -> None:
        for start in range(0, len(read), _CHUNK):
            uids = ",".join(read[start : start + _CHUNK])
            with _Told(self):
                self.server.uid("STORE", uids, "+FLAGS.SILENT", r"(\Seen)")
            if self.done:
                self._move(uids)
        for start in range(0, len(left) if self._has_keywords else 0, _CHUNK):
            with _Told(self):
                uids = ",".join(left[start : start + _CHUNK])
                self.server.uid("STORE", uids, "+FLAGS.SILENT", f"({KEYWORD})")

    def _move(self, uids: str) -> None:
        """Copied before it is taken away; on a server without MOVE that is two steps."""
        done = _quoted(self.done)
        with _Told(self):
            if "MOVE" in self.server.capabilities:
                answer, _ = self.server.uid("MOVE", uids, done)
            else:
                answer, _ = self.server.uid("COPY", uids, done)
                if answer == "OK":
                    self.server.uid("STORE", uids, "+FLAGS.SILENT", r"(\Deleted)")
                    self.server.expunge()
        if answer != "OK":
            raise Misconfigured(
                f"{self.host} has no folder {self.done!r} to move messages to",
                hint="make it, or take `done` out of [bounces]",
            )

    def lost(self, error: BaseException) -> Unreachable:
        return Unreachable(f"the mailbox at {self.host} went away: {type(error).__name__}")

    def close(self) -> None:
        with suppress(OSError, imaplib.IMAP4.error):
            self.server.logout()
        with suppress(OSError):
            self.server.shutdown()


@dataclass(frozen=True, slots=True)
class _Told:
    """The library's exceptions as ours."""

    box: ImapMailbox

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, where: object) -> None:
        if isinstance(error, OSError | imaplib.IMAP4.error):
            raise self.box.lost(error) from error


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
