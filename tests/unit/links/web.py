"""How the tests of this folder ask."""

from __future__ import annotations

import ssl

from composer.links.answer import Answer, Question
from composer.links.ask import Asker, Limits
from tests.servers.web_like import Internet

QUICK = Limits(request_s=0.5, link_s=2.0, total_s=10.0, pause_s=0.0)
HOST = "http://pages.example.net"


def asker(
    internet: Internet, *, limits: Limits = QUICK, trust: ssl.SSLContext | None = None
) -> Asker:
    return Asker(internet.network(trust), limits, "newsletter-composer/test")


def ask(internet: Internet, path: str, *fragments: str, image: bool = False) -> Answer:
    return asker(internet).ask(Question(HOST + path, frozenset(fragments), image))
