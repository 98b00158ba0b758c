"""One HTTP request to an address that the site's owner named; no redirect is followed."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urlsplit

TIMEOUT_S = 10.0
MAX_BODY_BYTES = 65_536


class Silent(Exception):
    """Nobody answered: neither yes nor no. `reason` says why, in a few words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """Header names are in lower case. `expires` is when the certificate does, over TLS."""

    status: int
    headers: Mapping[str, str]
    expires: datetime | None = None


class Untrusted(Exception):
    """The certificate cannot be trusted; the text says why."""


class Web(Protocol):
    def ask(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request; follows no redirect.

        Raises:
            Silent: nobody answered.
            Untrusted: somebody did, whose certificate is wrong.
        """
        ...


class HttpWeb:
    """Implements `Web` with the standard library."""

    def ask(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        parts = urlsplit(url)
        connection = _connection(parts.scheme, parts.hostname or "", parts.port)
        try:
            connection.connect()
            expires = _expiry(connection)
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target or "/", body or None, dict(headers or {}))
            response = connection.getresponse()
            response.read(MAX_BODY_BYTES)
        except ssl.SSLCertVerificationError as error:
            raise Untrusted(error.verify_message) from None
        except TimeoutError:
            raise Silent("no answer in time") from None
        except (OSError, http.client.HTTPException) as error:
            raise Silent(getattr(error, "strerror", None) or type(error).__name__) from None
        finally:
            connection.close()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, fields, expires)


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)


def _expiry(connection: http.client.HTTPConnection) -> datetime | None:
    if not isinstance(connection.sock, ssl.SSLSocket):
        return None
    said = (connection.sock.getpeercert() or {}).get("notAfter")
    if not isinstance(said, str):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(said), UTC)
