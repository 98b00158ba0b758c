"""Do links lead somewhere, do pictures speak, does the message arrive whole?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from composer.checks.clipping import GMAIL_CLIP_BYTES, GMAIL_WARN_BYTES, html_bytes
from composer.checks.drafts import DRAFT, is_unwritten
from composer.checks.examined import Examined, Remark, Rule
from composer.checks.walk import plain
from composer.model.finding import Severity
from composer.model.issue import Divider, Image, Position

_PLACEHOLDER = re.compile(
    r"^(#|\.|https?://(www\.)?example\.com/?|todo|xxx|https?:///?"
    r"|https?://(www\.)?(your-?)?(company|domain|site|website|link|url)\.(com|org|net|tld)\b.*)$",
    re.IGNORECASE,
)
#: What cameras and programs call a picture, or any file's name.
_FILE_NAME = re.compile(
    r"\S+\.(png|jpe?g|gif|webp|svg|heic)|(img|dsc|dscn|pxl|image|screenshot|photo)[ _-]?\d[\d_-]*",
    re.IGNORECASE,
)


def link_syntax(examined: Examined) -> Iterator[Remark]:
    """A link that no mail client can follow."""
    for target, words, at in examined.targets:
        text = plain(target)
        if problem := _link_problem(text, words):
            yield Remark(f"the link {text!r} {problem}", "write https://host/path", at)


def _link_problem(text: str, words: str) -> str:
    if not words:
        return "has no words to click on"
    if not text or _PLACEHOLDER.match(text):
        return "is a placeholder"
    if text.startswith(("mailto:", "tel:", "#", "{{ newsletter.base_url }}")):
        return ""
    return _url_problem(text.split("{{", maxsplit=1)[0])


def _url_problem(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    if not url.startswith(("http://", "https://")) or not host:
        return "is not a whole URL"
    if any(c.isspace() for c in url):
        return "has a space in it"
    if "." not in host and ":" not in host and host != "localhost":
        return f"has a host that is no whole name: {host}"
    own_machine = host == "localhost" or host.startswith("127.")
    return "leads to the reader's own machine" if own_machine else ""


def link_insecure(examined: Examined) -> Iterator[Remark]:
    """`http:` lets anybody on the way read and change the page."""
    for target, _, at in examined.targets:
        text = plain(target)
        if text.startswith("http://") and not _url_problem(text.split("{{", maxsplit=1)[0]):
            yield Remark(f"{text} is not https", "write https:// if the site has it", at)


def image_alt(examined: Examined) -> Iterator[Remark]:
    """Readers with images off, and those who listen, get nothing."""
    for block in examined.blocks:
        if not isinstance(block, Image):
            continue
        alt = plain(block.alt).strip()
        name = block.source.rsplit("/", 1)[-1]
        if not alt:
            yield Remark(
                "the image has no alternative text",
                "write what the picture shows between [ and ]",
                block.at,
            )
        elif alt in {block.source, name, name.rsplit(".", 1)[0]} or _FILE_NAME.fullmatch(alt):
            yield Remark(
                "the alternative text is a file's name",
                "write what the picture shows",
                block.at,
                severity=Severity.WARNING,
            )


def draft(examined: Examined) -> Iterator[Remark]:
    """A new issue's own words were never replaced: it would go out half written."""
    for section in examined.issue.sections:
        if is_unwritten(section):
            yield Remark("the section is still the draft's", "write it, or delete it", section.at)
        elif not section.blocks:
            yield Remark(
                "the section has a heading and no text",
                "write it, or delete it",
                section.at,
                severity=Severity.WARNING,
            )


def empty(examined: Examined) -> Iterator[Remark]:
    """A letter of a masthead and a footer tells its readers that somebody pressed a button."""
    if any(not isinstance(block, Divider) for block in examined.blocks):
        return
    hint = "write below it: ## and a heading, then what there is to tell"
    lines = examined.source.split("\n")
    end = next((n for n, line in enumerate(lines[1:], start=2) if line.rstrip() == "---"), 1)
    yield Remark("the issue has no text: readers would get an empty letter", hint, Position(end))


_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


def issue_name(examined: Examined) -> Iterator[Remark]:
    """The folder's name becomes part of URLs, of file names and of the mailing's name."""
    name = examined.issue.id
    if not _PLAIN_NAME.match(name):
        yield Remark(
            f"the folder is called {name!r}",
            "name it with letters, digits, dots, - and _ only, as 2026-014",
        )


def text_missing(examined: Examined) -> Iterator[Remark]:
    """A message without a text part reads as spam to filters and as nothing to some readers."""
    for edition in examined.editions:
        if not "".join(p for p in edition.text if isinstance(p, str)).strip():
            yield Remark(f"the text variant of {edition.key} is empty", "write some text")


def gmail_clip(examined: Examined) -> Iterator[Remark]:
    """The HTML is longer than Gmail shows: the unsubscribe link would be cut off."""
    for edition in examined.editions:
        size = html_bytes(edition)
        if size > GMAIL_WARN_BYTES:
            yield Remark(
                f"the HTML of {edition.key} is {size:,} bytes; Gmail cuts at {GMAIL_CLIP_BYTES:,}",
                "shorten the issue, or split its longest section",
                severity=Severity.ERROR if size > GMAIL_CLIP_BYTES else Severity.WARNING,
            )


RULES = (
    Rule("issue/name", Severity.ERROR, "a folder's name that cannot be part of a URL", issue_name),
    Rule("issue/empty", Severity.ERROR, "an issue without a text", empty),
    Rule(DRAFT, Severity.ERROR, "a section that was never written", draft),
    Rule("text/missing", Severity.ERROR, "no text variant", text_missing),
    Rule("link/syntax", Severity.ERROR, "a link that cannot be followed", link_syntax),
    Rule("link/insecure", Severity.WARNING, "a link without TLS", link_insecure),
    Rule("image/alt", Severity.ERROR, "an image that says nothing", image_alt),
    Rule(
        "size/gmail-clip",
        Severity.ERROR,
        "more HTML than Gmail shows (a warning from 80 KiB)",
        gmail_clip,
    ),
)
