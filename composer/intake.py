"""What providers tell is taken in: known for theirs, written down, and applied later.

The two halves share nothing but the database. What was taken in before a crash is applied after
it, and applying something twice changes nothing.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from http.client import HTTPException
from typing import IO, Any

from composer.alarm import pause_domains
from composer.errors import ConfigError
from composer.events.event import TRACKING, Event, Kind
from composer.events.webhooks import Post, Refusal, Source, Unreadable
from composer.events.webhooks.basic import BasicAuth
from composer.events.webhooks.brevo import Brevo
from composer.events.webhooks.mailgun import Mailgun
from composer.events.webhooks.postmark import Postmark
from composer.events.webhooks.resend import Resend
from composer.events.webhooks.sendgrid import Sendgrid
from composer.events.webhooks.ses import Ses
from composer.events.webhooks.sns import Fetch, Topics
from composer.model.settings import CallerSettings, Settings, WebhookSettings
from composer.site import Site
from composer.storage.arrivals import Arrival
from composer.storage.events import Applied

_FETCH_TIMEOUT_S = 10.0
_MOST_FETCHED_BYTES = 100_000
#: So many events are applied while whoever else has something to write to a file waits.
_PIECE = 100


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, *rest: Any
    ) -> None:
        del req, fp, code, rest


def fetch(url: str) -> bytes:
    """What is at an https URL that was found harmless before. Follows no redirect.

    Raises:
        OSError: it could not be had.
    """
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(url, timeout=_FETCH_TIMEOUT_S) as answer:
            content = answer.read(_MOST_FETCHED_BYTES)
    except (HTTPException, ValueError) as error:
        raise OSError(str(error)) from error
    return bytes(content)


def sources(settings: Settings, fetcher: Fetch = fetch) -> Mapping[str, Source]:
    """Everybody who may tell us something, by name.

    Raises:
        ConfigError: a key is not set, or cannot be read.
    """
    for name in settings.webhooks.callers:
        if variable := settings.unset.get(f"webhooks.{name}"):
            raise ConfigError(
                f"[webhooks.{name}]: the variable {variable} is not set",
                hint=f"export {variable}=…, or take the table out",
            )
    return {
        name: _source(name, caller, fetcher) for name, caller in settings.webhooks.callers.items()
    }


def _source(name: str, caller: CallerSettings, fetcher: Fetch) -> Source:
    key = caller.key.value if caller.key else ""
    auth = BasicAuth(caller.username, caller.password.value if caller.password else "")
    match name:
        case "sendgrid":
            return Sendgrid.of(key, caller.max_age_s)
        case "ses":
            return Ses(Topics(frozenset(caller.topics), fetcher, caller.max_age_s))
        case "mailgun":
            return Mailgun(key, caller.max_age_s)
        case "resend":
            return Resend.of(key, caller.max_age_s)
        case "postmark":
            return Postmark(auth)
        case _:
            return Brevo(auth)


def tracked_by(webhooks: WebhookSettings) -> frozenset[Kind]:
    """The kinds of tracking that the site wants to keep."""
    wanted = {Kind.OPENED: webhooks.opens, Kind.CLICKED: webhooks.clicks}
    return frozenset(kind for kind in TRACKING if wanted[kind])


@dataclass
class Intake:
    """The door for calls of providers."""

    site: Site
    fetcher: Fetch = field(default=fetch, repr=False)

    def __post_init__(self) -> None:
        self.sources = sources(self.site.settings, self.fetcher)

    def take(self, name: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
        """Take in one call; when this returns, it is written down. Says what became of it.

        Raises:
            Refusal: it is not the provider's, or it is too old, or a forgery of an earlier one.
            StorageError: the database is away; the provider will call again.
        """
        source = self.sources[name]
        taken = source.admit(Post(headers, body, now))
        if taken.confirm:
            try:
                self.fetcher(taken.confirm)
            except OSError as error:
                raise Refusal("the subscription could not be confirmed just now", 503) from error
            return "confirmed"
        kept = self.site.database.arrivals.keep(name, taken.nonce, body, received=stamp(now))
        if kept == "forged":
            raise Refusal("this proof came with another body before")
        return str(kept)


def without_token(event: Event, base_url: str) -> Event:
    """A reader's own pages have a key to them in their address, which is kept nowhere else."""
    own = tuple(f"{base_url}/{page}/" for page in ("u", "preferences", "confirm", "c"))
    return replace(event, link="") if event.link.lower().startswith(own) else event


def stamp(at: datetime) -> str:
    """ISO 8601 in UTC with seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def apply_waiting(
    site: Site,
    known: Mapping[str, Source],
    *,
    now: datetime,
    pause: Callable[[], object] = lambda: None,
) -> Applied:
    """Apply what was taken in and not applied yet, oldest first.

    Each call is one transaction. In a file, where nobody else can write meanwhile, it is several,
    the last of which closes it. `pause` is called before each, for what is more urgent.

    Raises:
        StorageError: the database is away; what is left is applied the next time.
    """
    total = Applied()
    arrivals = site.database.arrivals
    while waiting := arrivals.waiting():
        for arrival in waiting:
            for done in _apply(site, known, arrival, pause):
                total.add(done)
    arrivals.forget_old(now=stamp(now))
    total.paused = pause_domains(site, total, now=now)
    return total


def _apply(
    site: Site, known: Mapping[str, Source], arrival: Arrival, pause: Callable[[], object]
) -> Iterator[Applied]:
    """What came of each piece. Cut off by a crash, all of them are applied again: it is no harm."""
    told = _told(site, known, arrival)
    if told is None:
        return
    tracked = tracked_by(site.settings.webhooks)
    size = max(1, len(told)) if site.database.is_shared else _PIECE
    last = max(0, (len(told) - 1) // size * size)
    for start in range(0, last + 1, size):
        pause()
        done = site.database.events.apply(
            arrival.provider,
            told[start : start + size],
            now=arrival.received,
            tracked=tracked,
            arrival=arrival.id if start == last else None,
        )
        if done is not None:  # or somebody else came to its end before
            yield done


def _told(site: Site, known: Mapping[str, Source], arrival: Arrival) -> Sequence[Event] | None:
    """What a call says; None when nobody can read it, which is noted."""
    source = known.get(arrival.provider)
    if source is None:
        site.database.arrivals.give_up(arrival, "its provider is not in newsletter.toml any more")
        return None
    try:
        told = list(source.events(arrival.body))
    except Unreadable as error:
        site.database.arrivals.give_up(arrival, str(error))
        return None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        # A fault of ours in reading one call must not hold up all the others.
        site.database.arrivals.give_up(arrival, f"cannot be read: {type(error).__name__}")
        return None
    base_url = site.settings.newsletter.base_url
    return [without_token(event, base_url) for event in told]
