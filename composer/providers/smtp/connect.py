"""Open a connection: greeting, verified TLS, log-in. Nothing of a message has left by then."""

from __future__ import annotations

import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from composer.errors import ConfigError, Misconfigured, ProviderError, Unreachable
from composer.model.settings import SmtpSettings
from composer.providers.smtp.desk import Desk
from composer.providers.smtp.reply import Reply
from composer.providers.smtp.session import Session


def refuse_unsafe(settings: SmtpSettings) -> None:
    """Say at once what no server could make right.

    Raises:
        ConfigError: mail or a password would travel in clear text, or half a log-in is there.
    """
    problem = hint = ""
    in_clear = settings.security == "none" and not is_loopback(settings.host)
    if settings.security not in {"starttls", "tls", "none"}:
        problem = f"provider.smtp.security cannot be {settings.security!r}"
        hint = 'it is "starttls", "tls" or "none"'
    elif in_clear and not settings.insecure:
        problem = f"mail to {settings.host} would travel in clear text"
        hint = 'set security = "starttls" or "tls" in [provider.smtp]'
    elif in_clear and settings.username:
        problem = f"the password for {settings.host} would travel in clear text"
        hint = 'set security = "starttls" or "tls" in [provider.smtp]'
    elif bool(settings.username) != bool(settings.password and settings.password.value):
        problem = "provider.smtp needs both a username and a password, or neither"
        hint = 'password = { env = "SMTP_PASSWORD" }, and set that variable'
    if problem:
        raise ConfigError(problem, hint=hint)


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, by its name or number alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def connect(settings: SmtpSettings, own_domain: str, desk: Desk) -> Session:
    """A session that is ready for its first message.

    `own_domain` is what EHLO says of us. It waits: nothing for a conversation at the `desk`.

    Raises:
        Unreachable: no connection, no TLS, or the server asks us to come later.
        Misconfigured: its certificate, our security setting or our log-in is wrong.
    """
    place = f"{settings.host}:{settings.port}"
    with _named(settings, place):
        smtp = _greet(settings, own_domain)
    try:
        with _named(settings, place):
            _prepare(smtp, settings, place)
    except BaseException:
        smtp.close()
        raise
    return Session(smtp, settings.timeout_s, desk)


def _greet(settings: SmtpSettings, own_domain: str) -> smtplib.SMTP:
    host = settings.host.strip("[]")
    if settings.security == "tls":
        return smtplib.SMTP_SSL(
            host,
            settings.port,
            own_domain,
            timeout=settings.timeout_s,
            context=ssl.create_default_context(),
        )
    return smtplib.SMTP(host, settings.port, own_domain, timeout=settings.timeout_s)


def _prepare(smtp: smtplib.SMTP, settings: SmtpSettings, place: str) -> None:
    _hello(smtp, place)
    if settings.security == "starttls":
        _start_tls(smtp, place)
        _hello(smtp, place)
    if settings.username and settings.password:
        _log_in(smtp, settings, place)
    if isinstance(smtp.sock, socket.socket):
        # A message may go out in two writes; neither must wait for the other's confirmation.
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _hello(smtp: smtplib.SMTP, place: str) -> None:
    reply = Reply.parse(*smtp.ehlo())
    if not reply.good:
        raise _refusal(reply, f"{place} refuses to talk to us: {reply}")


def _start_tls(smtp: smtplib.SMTP, place: str) -> None:
    """Never goes on in clear text: whoever can hide the word STARTTLS could read all mail."""
    if not smtp.has_extn("starttls"):
        raise Misconfigured(
            f"{place} does not offer STARTTLS, and mail must not travel in clear text",
            hint='if its port speaks TLS from the start (often 465), set security = "tls"',
        )
    reply = Reply.parse(*smtp.starttls(context=ssl.create_default_context()))
    if not reply.good:
        raise _refusal(reply, f"{place} refuses to start TLS: {reply}")


def _log_in(smtp: smtplib.SMTP, settings: SmtpSettings, place: str) -> None:
    """AUTH CRAM-MD5, PLAIN or LOGIN, the first that works."""
    assert settings.password is not None  # noqa: S101 - the caller looked
    variable = settings.password.variable
    if not (settings.username.isascii() and settings.password.value.isascii()):
        raise Misconfigured(
            "the user name or the password of provider.smtp has letters beyond ASCII",
            hint=f"servers read such passwords differently; choose another ({variable})",
        )
    try:
        smtp.login(settings.username, settings.password.value)
    except smtplib.SMTPNotSupportedError:
        raise Misconfigured(
            f"{place} offers no log-in",
            hint="remove username and password, or use the port for submission (587 or 465)",
        ) from None
    except smtplib.SMTPAuthenticationError as error:
        # The text is left out: a server may repeat what it was sent.
        reply = Reply.parse(error.smtp_code, _bytes(error.smtp_error))
        problem = f"{place} refuses the user name or the password ({reply.codes})"
        raise _refusal(reply, problem, hint=f"look at username and {variable}") from None
    except smtplib.SMTPException as error:
        if isinstance(error, smtplib.SMTPServerDisconnected | smtplib.SMTPResponseException):
            raise
        raise Misconfigured(
            f"{place} offers no way to log in that we know",
            hint="we know AUTH PLAIN, LOGIN and CRAM-MD5",
        ) from None


def _refusal(reply: Reply, problem: str, *, hint: str = "") -> ProviderError:
    """4xx means later; everything else stays wrong however often it is tried."""
    return Misconfigured(problem, hint=hint) if reply.never else Unreachable(problem, hint=hint)


@contextmanager
def _named(settings: SmtpSettings, place: str) -> Iterator[None]:
    """The many errors of DNS, sockets, TLS and smtplib as our two."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Misconfigured(
            f"the certificate of {place} cannot be trusted: {error.verify_message}",
            hint="host must be the name in the certificate; a private authority goes into "
            "SSL_CERT_FILE",
        ) from None
    except ssl.SSLError as error:
        hint = "" if settings.security == "starttls" else 'perhaps it wants security = "starttls"'
        what = (error.reason or "TLS failed").replace("_", " ").lower()
        raise Unreachable(f"no TLS with {place}: {what}", hint=hint) from None
    except smtplib.SMTPResponseException as error:
        reply = Reply.parse(error.smtp_code, _bytes(error.smtp_error))
        raise _refusal(reply, f"{place} refuses to talk to us: {reply}") from None
    except smtplib.SMTPException as error:
        raise Unreachable(f"{place} ended the conversation: {_said(error)}") from None
    except (OSError, UnicodeError) as error:
        raise Unreachable(
            f"no connection to {place}: {_said(error)}",
            hint="look at host and port in [provider.smtp], and at the network",
        ) from None


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
