"""The codes of `newsletter check --links`, for findings and for the reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from composer.links.answer import Verdict
from composer.model.finding import Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A line of the reference: a stable code, how bad it is at most, what it means, and why."""

    code: str
    severity: Severity
    summary: str
    why: str


CODES: tuple[LinkCode, ...] = (
    LinkCode(
        "link/dead",
        ERROR,
        "a page that is gone",
        "It answers 404 or 410, its host has no address, or nobody answers there.",
    ),
    LinkCode(
        "link/tls",
        ERROR,
        "a certificate that no browser trusts",
        "Browsers show a warning in place of the page.",
    ),
    LinkCode(
        "link/private",
        ERROR,
        "an address that only some network has",
        "Readers are elsewhere. It is not asked, and neither is a redirect that leads there.",
    ),
    LinkCode(
        "link/credentials",
        ERROR,
        "a password in a link",
        "Everybody who gets the issue gets the password too. It is not asked.",
    ),
    LinkCode(
        "link/moved",
        WARNING,
        "a page with a new address",
        "A permanent redirect (301, 308) may end one day; the issue stays in archives.",
    ),
    LinkCode(
        "link/https-available",
        WARNING,
        "an http page that https has too",
        "Anybody on the way can read and change what http brings.",
    ),
    LinkCode(
        "link/fragment",
        WARNING,
        "a page without the place that is linked",
        "The reader lands at its top. Told only when the whole page was read (up to 1 MiB).",
    ),
    LinkCode(
        "link/loop",
        WARNING,
        "redirects without an end",
        "More than five, or in a circle. Some sites do so to whoever keeps no cookies.",
    ),
    LinkCode(
        "link/timeout",
        WARNING,
        "no answer in time",
        "Ten seconds for a request, five minutes for the whole check.",
    ),
    LinkCode(
        "link/unclear",
        WARNING,
        "an answer that says nothing",
        "Walls against robots (401, 403, 429), broken or busy servers (5xx): look yourself.",
    ),
    LinkCode(
        "link/unasked",
        WARNING,
        "a port that is not asked",
        "Only 80 and 443 are: others belong to services that are no web pages.",
    ),
    LinkCode(
        "link/offline",
        ERROR,
        "no network",
        "Nothing could be asked, so nothing is known. One finding, not one for each link.",
    ),
    LinkCode(
        "image/remote-type",
        ERROR,
        "an image's address with something else behind it",
        "A page in place of a picture is an error; a type that clients may not show, a warning.",
    ),
    LinkCode(
        "image/remote-size",
        WARNING,
        "an image of more than 1 MiB",
        "Phones load it last or never.",
    ),
)

#: Verdicts that are a finding by themselves: code, severity and hint.
TROUBLES: Mapping[Verdict, tuple[str, Severity, str]] = {
    Verdict.DEAD: ("link/dead", ERROR, "find its new address, or take the link away"),
    Verdict.TLS: ("link/tls", ERROR, "readers see a warning there; link to another page"),
    Verdict.PRIVATE: ("link/private", ERROR, "link to an address that every reader can reach"),
    Verdict.CREDENTIALS: ("link/credentials", ERROR, "take name and password out of the link"),
    Verdict.LOOP: ("link/loop", WARNING, "open it in a browser"),
    Verdict.TIMEOUT: ("link/timeout", WARNING, "open it in a browser, or check again later"),
    Verdict.UNCLEAR: ("link/unclear", WARNING, "open it in a browser"),
    Verdict.OFFLINE: ("link/unclear", WARNING, "check again later"),
    Verdict.UNASKED: ("link/unasked", WARNING, "open it in a browser"),
}
