"""What the network and SpamAssassin answer: a broken and a sound case of each such code, run."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from composer.links.findings import LinkCheck
from composer.links.memory import Memory
from composer.model.issue import Block, Image, Link, Position, Text
from composer.spam.findings import spam_findings
from tests.rules.scenario import Case, Scenario, Told
from tests.servers.certificates import make_certificate
from tests.servers.web_like import Internet, Page, WebServer, moved
from tests.unit.checks.samples import NEWSLETTER, issue_with, paragraph
from tests.unit.links.web import HOST, asker


def link(url: str) -> Block:
    return paragraph(Link((url,), (Text("here"),), "", Position(12)))


def image(url: str) -> Block:
    return Image(url, None, ("A pier",), "", None, None, Position(20))


def asked(
    folder: Path, internet: Internet, *blocks: Block, trust: ssl.SSLContext | None = None
) -> Told:
    memory = Memory.of(folder / "links.json", 1_800_000_000.0, fresh=True)
    check = LinkCheck([issue_with(*blocks)], NEWSLETTER, memory)
    return frozenset(f.code for f in check.run(asker(internet, trust=trust)).findings)


def answered(answer: Page, *, url: str = f"{HOST}/a", block: Callable[[str], Block] = link) -> Case:
    """What is told of a link to a page that answers so."""

    def ask(folder: Path) -> Told:
        with WebServer({"/a": answer, "/b": Page()}) as web:
            return asked(folder, Internet(web), block(url))

    return ask


def picture_of(kind: str, size: int) -> Case:
    headers = {"Content-Type": kind, "Content-Length": str(size)}
    return answered(Page(headers=headers), block=image)


def offline(folder: Path, *, down: bool) -> Told:
    with WebServer({"/a": Page()}) as web:
        internet = Internet(web)
        internet.down = down
        return asked(folder, internet, link(f"{HOST}/a"))


def encrypted(folder: Path, *, trusted: bool, url: str) -> Told:
    """A server with http and https, whose certificate is trusted or not."""
    certificate = make_certificate(folder / "c.pem", name="pages.example.net")
    trust = ssl.create_default_context(cafile=folder / "c.pem" if trusted else None)
    pages = {"/a": Page()}
    with WebServer(pages) as plain, WebServer(pages, certificate=certificate.context) as secure:
        return asked(folder, Internet(plain, secure), link(url), trust=trust)


FOUND = answered(Page())
SECURE = HOST.replace("http:", "https:")


def judged(_: Path, *, points: float) -> Told:
    """What is told of a letter to whose subject SpamAssassin gives so many points."""
    report = (
        f" ({points} points, 5.0 required)\n\n pts rule name              description\n"
        "---- ---------------------- ----------------------\n"
        f" {points} SUBJ_ALL_CAPS          Subject is all capitals\n"
    )
    found = spam_findings(Path("issue.md"), [("the letter", b"")], lambda _: report)
    return frozenset(f.code for f in found)


SPAM = Scenario(partial(judged, points=5.1), partial(judged, points=0.1))

ASKED: Mapping[str, Scenario] = {
    "spam/rule": SPAM,
    "spam/score": SPAM,
    "link/dead": Scenario(answered(Page(404)), FOUND),
    "link/unclear": Scenario(answered(Page(403)), FOUND),
    "link/timeout": Scenario(answered(Page(slow="head")), FOUND),
    "link/loop": Scenario(answered(moved("/a")), answered(moved("/b", 302))),
    "link/moved": Scenario(answered(moved("/b", 308)), answered(moved("/b", 302))),
    "link/private": Scenario(answered(moved("http://169.254.169.254/latest")), FOUND),
    "link/unasked": Scenario(answered(moved("http://pages.example.net:8080/")), FOUND),
    "link/fragment": Scenario(
        answered(Page(), url=f"{HOST}/a#away"), answered(Page(), url=f"{HOST}/a#here")
    ),
    "link/offline": Scenario(partial(offline, down=True), partial(offline, down=False)),
    "link/tls": Scenario(
        partial(encrypted, trusted=False, url=f"{SECURE}/a"),
        partial(encrypted, trusted=True, url=f"{SECURE}/a"),
    ),
    "link/https-available": Scenario(
        partial(encrypted, trusted=True, url=f"{HOST}/a"),
        partial(encrypted, trusted=False, url=f"{HOST}/a"),
    ),
    "image/remote-type": Scenario(picture_of("text/html", 9_000), picture_of("image/png", 9_000)),
    "image/remote-size": Scenario(
        picture_of("image/png", 1_048_577), picture_of("image/png", 1_048_576)
    ),
}
