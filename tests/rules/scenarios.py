"""What no file can bring about alone: a broken and a sound case of each such code, both run.

Each is a function of an empty folder that gives the codes that were told. What our own rendering
never makes is put in by hand where a rule looks; the rest is a whole site, as a person has one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from composer.checks.clipping import GMAIL_CLIP_BYTES
from composer.checks.examined import Examined, Remark, Rule, look_with
from composer.checks.lacking import Lacking
from composer.checks.rules import ISSUE_RULES
from composer.checkup import Checkup
from composer.errors import SourceError
from composer.model.edition import Context, EditionKey, Slot
from composer.model.finding import Finding, Severity
from composer.model.issue import Expression, Position
from composer.model.mailing import Letterhead
from composer.reading.pictures import MAX_BYTES
from composer.sending.message import Message
from composer.site import Site
from tests.rules.asking import ASKED
from tests.rules.scenario import Case, Scenario, Told
from tests.rules.sites import site_in
from tests.unit.checks.samples import (
    EDITION,
    LEAVE,
    NEWSLETTER,
    examined,
    issue_with,
    page_with,
    paragraph,
    with_text,
)
from tests.unit.message.samples import delivery, edition, wire_of
from tests.unit.reading.samples import png

# --- a whole site -------------------------------------------------------------------------


def site(
    folder: Path, *, text: str = "", files: Mapping[str, bytes] | None = None, **environ: str
) -> Told:
    """What `check` tells of the base site, with `text` at the end of its issue."""
    site_in(folder)
    issue = folder / "issues" / "one" / "issue.md"
    issue.write_text(f"{issue.read_text(encoding='utf-8')}\n{text}\n", encoding="utf-8")
    for name, data in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    try:
        opened = Site.find(folder, environ)
        found = Checkup.of(opened).everything(opened.issue_paths())
    except SourceError as error:
        found = [f for f in error.findings if isinstance(f, Finding)]
    return frozenset(f.code for f in found)


def linked(folder: Path, *, to: str) -> Told:
    """An issue whose file is a link."""
    two = folder / "issues" / "two"
    two.mkdir(parents=True)
    (two / "text.md").write_text("---\ntitle: Harbour Watch No. 15\n---\n\nText.\n")
    (two / "issue.md").symlink_to(to)
    return site(folder)


PICTURE = "![Two idle cranes over an empty berth](images/cranes.png){width=560}"


def picture(folder: Path, *, size: int) -> Told:
    data = png(560, 300)
    files = {"issues/one/images/cranes.png": data + bytes(size - len(data))}
    return site(folder, text=PICTURE, files=files)


def expressions(folder: Path, *, count: int) -> Told:
    return site(folder, text="\n\n".join(["{{issue.id}} " * 1000] * (count // 1000)))


# --- what a rule is shown -----------------------------------------------------------------


def seen(what: Examined) -> Case:
    """What the rules over an issue tell of it."""
    return lambda _: frozenset(f.code for f in look_with(ISSUE_RULES, what))


def rule(look: Callable[[Examined], Iterator[Remark]]) -> Case:
    """What is told of a rule of that kind."""
    rules = (Rule("link/one", Severity.WARNING, "", look),)
    return lambda _: frozenset(f.code for f in look_with(rules, examined()))


def works(_: Examined) -> Iterator[Remark]:
    yield Remark("a link", "mend it")


def breaks(_: Examined) -> Iterator[Remark]:
    yield Remark("a link", "mend it")
    raise ZeroDivisionError


#: The page and the text that nothing is wrong with.
PAGE, SAID = str(EDITION.html[0]), str(EDITION.text[0])


def page(old: str, new: str) -> Case:
    assert old in PAGE
    return of_html(PAGE.replace(old, new))


def of_html(html: str, mjml: str = "") -> Case:
    made = replace(EDITION, html=(html, *EDITION.html[1:]), mjml=mjml)
    return seen(examined(edition=made))


def text(said: str) -> Case:
    return seen(page_with(said=said))


def sheet(css: str, *, kept: bool) -> Case:
    """A sheet of the template, and whether it is in the letter."""
    html = PAGE.replace("</head>", f"<style>{css}</style></head>") if kept else PAGE
    return of_html(html, f"<mj-style>{css}</mj-style>")


def slot(place: Slot) -> Case:
    return seen(examined(edition=replace(EDITION, html=(*EDITION.html, place))))


def lacking(count: int) -> Case:
    """That many readers without the value that the letter needs."""
    name = Expression("subscriber.first_name", None, Position(14))
    missing = {"subscriber.first_name": Lacking(count)} if count else {}
    return seen(examined(issue_with(paragraph(name)), missing=missing))


SOUND = seen(examined())

# --- the whole message --------------------------------------------------------------------

WIRE = wire_of(Message.compile(edition(), Letterhead.of(NEWSLETTER)), delivery(name="Ana"))


def wire(raw: bytes) -> Case:
    return seen(replace(examined(), messages={EditionKey("en"): raw}))


def message(old: bytes, new: bytes) -> Scenario:
    """Ours with something else in one place, and as it is."""
    assert old in WIRE
    return Scenario(wire(WIRE.replace(old, new, 1)), wire(WIRE))


SCENARIOS: Mapping[str, Scenario] = {
    "internal/rule-failed": Scenario(rule(breaks), rule(works)),
    "file/missing": Scenario(partial(linked, to="nowhere.md"), partial(linked, to="text.md")),
    "image/too-big": Scenario(partial(picture, size=MAX_BYTES + 1), partial(picture, size=20_000)),
    "merge/too-many": Scenario(
        partial(expressions, count=140_000), partial(expressions, count=1_000)
    ),
    "config/unknown-variable": Scenario(
        partial(site, NEWSLETTER_PROVIDER_KNID="outbox"),
        partial(site, NEWSLETTER_PROVIDER_KIND="outbox"),
    ),
    "merge/missing-value": Scenario(lacking(3), lacking(0)),
    "merge/personal-url": Scenario(slot(Slot("subscriber.site", Context.URL, "x")), SOUND),
    "merge/unknown-slot": Scenario(
        seen(examined(edition=with_text(Slot("tracking_url", Context.TEXT_URL)))),
        seen(examined(edition=with_text(LEAVE))),
    ),
    "message/one-from": Scenario(wire(b"From: a@example.org\r\n" + WIRE), wire(WIRE)),
    "message/to": message(b"To: Ana <ana@example.net>", b"To: a@example.net, b@example.net"),
    "message/date": message(b"Date: Fri, 20 Nov", b"Date: Yesterday,"),
    "message/message-id": message(b"Message-ID: <", b"Message-ID: "),
    "message/list-id": message(b"<harbour-watch.news.example.org>", b"harbour watch"),
    "message/list-unsubscribe": message(b"=One-Click", b"=one-click"),
    "message/reply-to": Scenario(
        wire(b"Reply-To: a@example.org, b@example.org\r\n" + WIRE),
        wire(b"Reply-To: a@example.org\r\n" + WIRE),
    ),
    "message/subject-encoded": message(b"A quiet strike", b"quiet " * 13),
    "message/line-length": Scenario(wire(WIRE + b"x" * 999 + b"\r\n"), wire(WIRE)),
    "message/structure": message(b"multipart/alternative", b"multipart/mixed"),
    "message/8bit": message(b"A quiet strike", "Größe".encode()),
    "css/media-lost": Scenario(
        sheet("@media print { a { color: red } }", kept=False),
        sheet("@media print { a { color: red } }", kept=True),
    ),
    "size/message": Scenario(wire(b"x" * 500_001), wire(WIRE)),
    "size/text": Scenario(text("Hello " * 20_000), text("Hello")),
    "size/gmail-clip": Scenario(
        seen(page_with(f"<p>Hello</p><!--{'x' * GMAIL_CLIP_BYTES}-->")), SOUND
    ),
    "text/missing": Scenario(seen(examined(edition=replace(EDITION, text=("\n",)))), SOUND),
    "text/trailing-spaces": Scenario(text("Hello \n"), text("Hello\n")),
    "text/unprintable": Scenario(text("Hel\x07lo"), text("Hello")),
    "html/doctype": Scenario(
        page("<!DOCTYPE html>", ""), page("<!DOCTYPE html>", "<!doctype html>")
    ),
    "html/charset": Scenario(page('charset="utf-8"', 'charset="iso-8859-1"'), SOUND),
    "html/comment-balance": Scenario(
        seen(page_with("<p>Hello</p><!--[if mso]><p>Outlook</p>-->")),
        seen(page_with("<p>Hello</p><!--[if mso]><p>Outlook</p><![endif]-->")),
    ),
    "a11y/img-alt": Scenario(
        seen(page_with('<p>Hello<img src="https://example.org/a.png"></p>')),
        seen(page_with('<p>Hello<img src="https://example.org/a.png" alt="A pier"></p>')),
    ),
    **ASKED,
}
