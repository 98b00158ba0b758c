"""The fence around the SDK: the only module that imports it.

What the SDK does when it is left alone, and what is done here instead:

- it waits for ever: every request has a timeout;
- it follows a redirect with the API key in its hands, and calls the GET it makes of our
  POST a success: no redirect is followed, and every status comes back as it is;
- it writes the key and all addresses to its debug log: its log is shut, and the key is only
  put on the request when that is on its way;
- it writes the whole body anew, prints it for a log that nobody reads, and builds an opener for
  every request that it throws away: mail is posted past that, with our body as it is;
- it throws away a good status when the body behind it breaks off: the status stays;
- it does not tell "no connection" from "connection lost": `NotConnected` does.
"""

from __future__ import annotations

import http.client
import logging
import ssl
import urllib.request
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import python_http_client.client as sdk_http  # type: ignore[import-untyped]  # has no types
import sendgrid  # type: ignore[import-untyped]  # has no types

from composer.errors import Misconfigured, Unreachable
from composer.model.settings import SendgridSettings
from composer.providers.sendgrid.answers import HttpAnswer, Lost

MAX_ANSWER_BYTES = 1 << 20


class NotConnected(Exception):
    """No connection came about; `cause` says why. Nothing has left us."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class SendgridClient:
    """Posts to `/v3/mail/send`; may be used by several threads at once."""

    def __init__(self, settings: SendgridSettings) -> None:
        assert settings.api_key is not None  # noqa: S101 - the provider looked
        _shut_log()
        self._host = settings.host
        self._api = sendgrid.SendGridAPIClient(settings.api_key.value, host=settings.host)
        headers = dict(self._api.client.request_headers)
        authorization = headers.pop("Authorization")
        self._api.client = _FencedClient(
            host=settings.host,
            request_headers={**headers, "Content-Type": "application/json"},
            version=3,
            timeout=settings.timeout_s,
        )
        self._api.client.authorization = authorization
        self._api.client.opener = _opener()
        self._mail = self._api.client.mail.send

    def send(self, body: bytes) -> HttpAnswer:
        """Post `body`, which is JSON, once.

        Raises:
            Unreachable, Misconfigured: there was no connection, or none to be trusted.
            Lost: there was one, and no answer came.
        """
        return self._answer(lambda: self._mail.posted(body))

    def scopes(self) -> HttpAnswer:
        """What the key may do; asks and changes nothing. Raises as `send` does."""
        return self._answer(self._api.client.scopes.get)

    def _answer(self, ask: Callable[[], Any]) -> HttpAnswer:
        try:
            response = ask()
        except NotConnected as error:
            cause = error.cause
        except (OSError, http.client.HTTPException) as error:
            late = "no answer in time" if _is_timeout(error) else "the connection was lost"
            raise Lost(f"{late} after the request had been sent") from None
        else:
            return HttpAnswer(response.status_code, response.headers, response.body)
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise Misconfigured(
                f"the certificate of {self._host} cannot be trusted: {cause.verify_message}",
                hint="host must be the name in the certificate",
            )
        raise Unreachable(
            f"no connection to {self._host}: {cause.strerror or cause}",
            hint="look at the network, and at host in [provider.sendgrid]",
        )


class _FencedClient(sdk_http.Client):  # type: ignore[misc]  # the SDK has no types
    """The SDK's client with an opener of ours."""

    authorization = ""
    opener: urllib.request.OpenerDirector  #: one for all requests: it knows of none

    def _build_client(self, name: str | None = None) -> _FencedClient:
        client = _FencedClient(
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=[*self._url_path, name] if name else self._url_path,
            timeout=self.timeout,
        )
        client.authorization = self.authorization
        client.opener = self.opener
        return client

    def posted(self, body: bytes) -> sdk_http.Response:
        """Post `body` to the URL that was named; the SDK's own `post` takes no bytes."""
        url, headers = self._build_url(None), self.request_headers
        request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - ours
        return sdk_http.Response(self._make_request(None, request))

    def _make_request(
        self, opener: object, request: urllib.request.Request, timeout: float | None = None
    ) -> _WholeResponse:
        del opener  # the SDK's own, which follows redirects
        request.add_unredirected_header("Authorization", self.authorization)
        response = self.opener.open(request, timeout=timeout or self.timeout)
        with response:
            return _WholeResponse(response)


class _WholeResponse:
    """A response that was read as far as it came: what the SDK asks of urllib's."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._status = response.status
        self._headers = {name.lower(): value for name, value in response.getheaders()}
        try:
            self._body = response.read(MAX_ANSWER_BYTES)
        except (OSError, http.client.HTTPException):
            self._body = b""

    def getcode(self) -> int:
        return self._status

    def info(self) -> Mapping[str, str]:
        return self._headers

    def read(self) -> bytes:
        return self._body


def _opener() -> urllib.request.OpenerDirector:
    """HTTP, HTTPS and proxies; nobody in it judges a status or follows a redirect."""
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler(), _Http(), _Https()):
        opener.add_handler(handler)
    return opener


class _HttpConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except OSError as error:
            raise NotConnected(error) from None


class _HttpsConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except OSError as error:
            raise NotConnected(error) from None


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_HttpConnection, req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_HttpsConnection, req, context=self._trust)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """All the system's certificates are read for it: once is enough."""
        return ssl.create_default_context()


def _is_timeout(error: Exception) -> bool:
    return isinstance(error, TimeoutError) or isinstance(
        getattr(error, "reason", None), TimeoutError
    )


class _Silence(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        del record
        return False


_SILENCE = _Silence()


def _shut_log() -> None:
    """A filter stays when logging is configured anew; a level or `disabled` would not."""
    logging.getLogger(sdk_http.__name__).addFilter(_SILENCE)
