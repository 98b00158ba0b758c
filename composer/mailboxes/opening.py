"""A mailbox by its name: `maildir:PATH`, `imaps://HOST/FOLDER`, or the path of a file."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from composer.errors import ConfigError, NamedError, Place
from composer.events.mail.mailbox import Mailbox
from composer.mailboxes.files import Maildir, MessageFile
from composer.mailboxes.imap import ImapMailbox, Login
from composer.mailboxes.pop3 import Pop3Mailbox
from composer.model.settings import BounceSettings
from composer.reading.site_urls import is_loopback

_PORTS = {"imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995}


def open_mailbox(source: str, settings: BounceSettings) -> Mailbox:
    """The mailbox that `source` names, as `settings` log in to it.

    Raises:
        NamedError: there is no such file or folder.
        ConfigError: the name, the password or the encryption of a login is missing.
        Unreachable: nobody answers there.
        Misconfigured: name or password is refused.
    """
    kind, _, rest = source.partition(":")
    if kind in _PORTS:
        return _remote(source, settings)
    path = Path(rest if kind in ("maildir", "mbox") else source)
    if kind == "maildir" or (kind != "mbox" and path.is_dir()):
        return Maildir.of(path)
    if not path.is_file():
        raise NamedError(
            "there is no such mailbox", place=Place(path), hint="a Maildir, an mbox or a message"
        )
    return MessageFile(path)


def _remote(source: str, settings: BounceSettings) -> Mailbox:
    parts = urlsplit(source)
    host, secure = parts.hostname or "", parts.scheme.endswith("s")
    if not host or not settings.username or settings.password is None:
        raise ConfigError(
            f"{source} needs a host, and a name and a password in [bounces]",
            hint='username = "bounces", password = { env = "BOUNCES_PASSWORD" }',
        )
    if not secure and not is_loopback(host):
        raise ConfigError(
            f"the password would go to {host} unencrypted", hint=f"{parts.scheme}s://{host}"
        )
    login = Login(
        host=host,
        port=parts.port or _PORTS[parts.scheme],
        secure=secure,
        username=settings.username,
        password=settings.password.value,
        timeout_s=settings.timeout_s,
    )
    if parts.scheme.startswith("pop3"):
        return Pop3Mailbox.open(login)
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return ImapMailbox.open(login, folder, settings.done)
