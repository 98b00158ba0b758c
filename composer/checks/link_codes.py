"""The codes of what only the network can tell (`newsletter check --links`)."""

from __future__ import annotations

from composer.model.finding import Severity

_E, _W = Severity.ERROR, Severity.WARNING

#: Code, severity at most and what it is about.
LINKS: tuple[tuple[str, Severity, str], ...] = (
    ("image/remote-size", _W, "an image of more than 1 MiB"),
    ("image/remote-type", _E, "an image's address with something else behind it"),
    ("link/dead", _E, "a page that is gone"),
    ("link/fragment", _W, "a page without the place that is linked"),
    ("link/https-available", _W, "an http page that https has too"),
    ("link/loop", _W, "redirects without an end"),
    ("link/moved", _W, "a page with a new address"),
    ("link/offline", _E, "no network"),
    ("link/private", _E, "an address that only some network has"),
    ("link/timeout", _W, "no answer in time"),
    ("link/tls", _E, "a certificate that no browser trusts"),
    ("link/unasked", _W, "a port that is not asked"),
    ("link/unclear", _W, "an answer that says nothing"),
)
