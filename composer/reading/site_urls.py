"""Where something is: the hosts and URLs of `newsletter.toml`, checked."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import parse_qsl, urlsplit

from composer.reading.site_values import LABEL, SecretInFile, Spoken, Wrong, line, shown

_HOST = re.compile(rf"{LABEL}(?:\.{LABEL})*")


def is_loopback(host: str) -> bool:
    """Whether `host` can only be this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def base_url(value: object) -> str:
    """`https://host[/path]` without a trailing slash; http only for this machine itself."""
    text = line(value).rstrip("/")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise Wrong(f"{shown(text)} is not a URL: {error}", "https://news.example.org") from error
    if parts.scheme not in ("https", "http") or not host:
        raise Wrong(f"{shown(text)} is not a web address", "https://news.example.org")
    if parts.query or parts.fragment or parts.username is not None or re.search(r"\s", text):
        raise Wrong("a base URL has only a host and perhaps a path", "https://news.example.org")
    if parts.scheme == "http" and not is_loopback(host):
        raise Wrong(f"{shown(text)} is not https", f"https://{text.removeprefix('http://')}")
    try:
        netloc = parts.netloc.lower().encode("idna").decode() if not host.isascii() else ""
    except UnicodeError as error:
        raise Wrong(f"{shown(host)} is not a host name") from error
    return parts._replace(netloc=netloc or parts.netloc.lower()).geturl()


def host_name(value: object) -> str:
    """A host name or an IP address."""
    text = line(value)
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        pass
    if not _HOST.fullmatch(text) or len(text) > 253:
        raise Wrong(
            f"{shown(text)} is not a host name", "mail.example.org, without https:// or port"
        )
    return text.lower()


def database_url(value: object) -> str:
    """`sqlite:///PATH` or `postgresql+psycopg://…`; never repeated: it may hold a password."""
    text = line(value)
    scheme = text.partition(":")[0] if "://" in text else ""
    if scheme.startswith("postgres"):
        return _postgres_url(value, text, scheme)
    if not text.startswith("sqlite:///") or text in ("sqlite:///", "sqlite:///:memory:"):
        raise Wrong("it is not the URL of a database file", "sqlite:///.newsletter/newsletter.db")
    return text


def editor_url(value: object) -> str:
    """A URL of an editor's own scheme, with `{path}` in it.

    A scheme that a browser itself obeys could send paths to a host, or run as a script.
    """
    text = line(value)
    scheme = text.partition(":")[0].lower()
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*:.*\{path\}.*", text, re.IGNORECASE):
        raise Wrong(f"{shown(text)} is not the URL of an editor", _EDITORS)
    if scheme in _OWN_SCHEMES:
        raise Wrong(f"{scheme}: is not the scheme of an editor", _EDITORS)
    return text


_EDITORS = 'editor = "vscode://file{path}:{line}:{column}"'
_OWN_SCHEMES = ("about", "blob", "data", "file", "ftp", "http", "https", "javascript", "mailto")


def _postgres_url(value: object, text: str, scheme: str) -> str:
    """Whoever may read the file must not learn a password from it; the environment may have one."""
    if scheme != "postgresql+psycopg":
        raise Wrong(f"there is no driver {scheme!r}", "begin it with postgresql+psycopg://")
    try:
        parts = urlsplit(text)
        names = dict(parse_qsl(parts.query))
        known = bool(parts.path.strip("/")) and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, names, known = urlsplit(""), {}, False
    if not known:
        raise Wrong(
            "it is not the URL of a database", "postgresql+psycopg://user@host:5432/database"
        )
    holds_one = parts.password or {"password", "sslpassword"} & names.keys()
    if holds_one and not isinstance(value, Spoken):
        raise SecretInFile(
            "it holds a password, and stands in the file",
            "leave the password out and set PGPASSWORD, or NEWSLETTER_DATABASE_URL as a whole",
        )
    return text
