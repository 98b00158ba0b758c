"""The SendGrid provider: a batch is one call, or as few as its trouble makes necessary."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from functools import lru_cache, partial
from urllib.parse import urlsplit

from composer.errors import ConfigError, Misconfigured, Unreachable
from composer.model.settings import SendgridSettings
from composer.providers.sendgrid.answers import Lost
from composer.providers.sendgrid.body import MAX_SUBSTITUTION_BYTES, Bodies
from composer.providers.sendgrid.call import Call, Terms
from composer.sending.provider import Batch, Capabilities, Outcome

BATCH_SIZE = 500  # the API takes 1,000; a lost answer leaves a whole call in doubt

#: Seconds that one batch may spend waiting for the rate limit.
PATIENCE_S = 60.0

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class SendgridProvider:
    """Posts to the mail API; `sandbox` has everything checked and nothing delivered."""

    name = "sendgrid"

    def __init__(
        self,
        settings: SendgridSettings,
        *,
        sandbox: bool = False,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Raises ConfigError: there is no usable key, or it would travel in clear text."""
        refuse_unsafe(settings)
        # The SDK takes a tenth of a second to import: only who sends through it pays.
        from composer.providers.sendgrid.client import SendgridClient  # noqa: PLC0415 - see above

        self._closing = threading.Event()
        self._client = SendgridClient(settings)
        # An edition has one message, and a run has few editions.
        bodies = lru_cache(maxsize=64)(partial(Bodies, sandbox=sandbox))
        self._terms = Terms(sandbox, patience_s, pause=self._closing.wait, bodies=bodies)
        self._connections = settings.connections

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            batch_size=BATCH_SIZE,
            connections=self._connections,
            sandbox=True,
            merge_bytes=MAX_SUBSTITUTION_BYTES,
            live=not self._terms.sandbox,
        )

    def deliver(self, batch: Batch) -> Sequence[Outcome]:
        """See `composer.sending.provider.Provider`."""
        return Call(self._client, self._terms, batch).run()

    def try_out(self, own_domain: str) -> str:
        """Ask for the rights of the key."""
        del own_domain
        try:
            answer = self._client.scopes()
        except Lost as lost:
            raise Unreachable(f"SendGrid did not answer: {lost}") from None
        if answer.status in {401, 403}:
            raise Misconfigured(
                "SendGrid refuses the API key", hint="Settings, API Keys: make a new one"
            )
        if answer.status != 200:
            raise Unreachable(f"SendGrid answers {answer.status}", hint="try again later")
        if "mail.send" not in scopes_of(answer.body):
            raise Misconfigured(
                "the API key may not send mail", hint="give it the right Mail Send, and no other"
            )
        return "SendGrid takes the key, which may send mail"

    def close(self) -> None:
        """Nobody waits for the rate limit any more; there is no connection to give back."""
        self._closing.set()


def scopes_of(body: bytes) -> frozenset[str]:
    """The rights that an answer names; none when it cannot be read."""
    try:
        said = json.loads(body)
    except ValueError:
        return frozenset()
    scopes = said.get("scopes") if isinstance(said, dict) else None
    return frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset()


def refuse_unsafe(settings: SendgridSettings) -> None:
    """Say at once what no answer of SendGrid could make right.

    Raises:
        ConfigError: no key, one that cannot stand in a header, or one for everybody to see.
    """
    key = settings.api_key
    if key is None or not key.value:
        raise ConfigError(
            "provider.sendgrid has no api_key",
            hint='api_key = { env = "SENDGRID_API_KEY" }, and set that variable',
        )
    if not all("!" <= letter <= "~" for letter in key.value):
        # The HTTP library would say so as well, and print the key.
        raise ConfigError(
            f"the API key in {key.variable} holds a blank, a line end or a letter beyond ASCII",
            hint="copy it again, without quotation marks and line ends",
        )
    host = urlsplit(settings.host)
    if host.scheme != "https" and not (host.scheme == "http" and host.hostname in LOOPBACK):
        raise ConfigError(
            f"provider.sendgrid.host cannot be {settings.host!r}: the API key needs https",
            hint="https://api.sendgrid.com or https://api.eu.sendgrid.com",
        )
