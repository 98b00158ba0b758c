"""One letter as one reader gets it: the very edition that a send would deliver."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import cached_property

from composer.errors import AudienceError
from composer.model.delivery import Delivery
from composer.model.edition import Edition, InlineImage
from composer.model.issue import Issue
from composer.model.mailing import Letterhead
from composer.rendering.choose import choose
from composer.rendering.encoders import fill
from composer.sending.choice import Editions
from composer.sending.message import Message
from composer.sending.message.filling import Filling
from composer.sending.sample import Wanted, key_for_sample, sample_delivery
from composer.site import Site
from composer.web.preview.chosen import Look, Reader

_CID = re.compile(r"cid:([A-Za-z0-9@._-]+)")
_STYLE = re.compile(r"<style\b.*?</style>", re.IGNORECASE | re.DOTALL)
#: Where a letter asks for the reader's scheme: in its style sheets, and in `media` of `<source>`.
_ASKING = re.compile(r"<style\b.*?</style>|\bmedia=\"[^\"]*\"", re.IGNORECASE | re.DOTALL)
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_IMAGE = re.compile(r"(<img\b[^>]*?)\ssrc=\"[^\"]*\"", re.IGNORECASE)
#: What makes a browser connect to a host although the page's policy forbids to load from it.
_CALLING = re.compile(
    r"</?(?:link|i?frame|frameset|fencedframe|object|embed)\b[^>]*>", re.IGNORECASE
)
#: How a client that knows no authored dark turns a letter dark.
_FORCED = (
    "<style>html{filter:invert(1) hue-rotate(180deg);background:#fff}"
    "img{filter:invert(1) hue-rotate(180deg)}</style>"
)


@dataclass(frozen=True)
class Letter:
    """`html` and `text` are filled for the reader."""

    issue: Issue  #: in the language of the edition
    edition: Edition
    delivery: Delivery
    html: str
    text: str
    subject: str
    preheader: str
    letterhead: Letterhead
    choices: Editions
    pictures: Mapping[str, InlineImage] = field(default_factory=dict)

    @cached_property
    def read(self) -> Issue:
        """What of the issue stands in this letter: nothing that a condition hides."""
        return choose(self.issue, self.edition.key)

    @cached_property
    def message(self) -> bytes:
        """The whole message; made when it is asked for, since few views do."""
        at = datetime.combine(self.issue.date, time(), UTC)
        made = Message.compile(self.edition, self.letterhead)
        return b"".join(made.chunks(self.delivery, at))


def letter_of(site: Site, issue: Issue, reader: Reader) -> Letter:
    """The letter that `reader` gets of `issue`.

    Raises:
        AudienceError: there is no such reader, segment, locale or variant.
        TemplateError: the template cannot be used.
    """
    choices = Editions.of(issue)
    if reader.segment:
        site.segment(reader.segment)
    if "@" in reader.who and not site.database_exists:
        raise AudienceError(
            f"{reader.who} is on no list: there is none yet",
            hint="newsletter subscribers import FILE brings one",
        )
    candidate = site.reader(reader.who, issue.id, choices) if reader.who else None
    wanted = Wanted(reader.segment, reader.locale, reader.variant)
    edition = site.compile(issue, key_for_sample(choices, candidate, wanted))
    delivery = sample_delivery(edition, candidate, choices.fields, delivery_id="preview")
    letterhead = Letterhead.of(site.settings.newsletter)
    values = Filling.of(edition, letterhead.base_url).values(delivery)
    return Letter(
        issue=issue.text_for(edition.key.locale),
        edition=edition,
        delivery=delivery,
        html=fill(edition.html, values),
        text=fill(edition.text, values),
        subject=fill(edition.subject, values),
        preheader=fill(edition.preheader, values),
        letterhead=letterhead,
        choices=choices,
        pictures={image.cid: image for image in edition.images},
    )


def shown(letter: Letter, look: Look, pictures: str) -> str:
    """The letter's HTML for a browser; see `dressed`."""
    return dressed(letter.html, look, pictures)


def dressed(html: str, look: Look, pictures: str, query: str = "") -> str:
    """`html` for a browser: its pictures below the URL `pictures`, and as `look` asks.

    Frames and links to sheets are left out, as clients leave them out, unless pictures of other
    hosts may be fetched. The bytes of the letter are changed in nothing else.
    """
    html = _CID.sub(lambda found: f"{pictures}{found[1]}{query}", html)
    if not look.remote:
        html = _CALLING.sub("", html)
    if not look.style:
        html = _STYLE.sub("", html)
    if not look.images:
        html = _IMAGE.sub(r"\1", html)
    # The page around may be dark or light: the letter's scheme is the one that was asked for.
    scheme = "dark" if look.scheme == "dark" else "light"
    html = _ASKING.sub(lambda found: _answered(found[0], scheme), html)
    forced = _FORCED if look.scheme == "forced" else ""
    own = f"<style>:root{{color-scheme:{scheme} only!important}}</style>{forced}"
    return html.replace("</head>", f"{own}</head>", 1)


def _answered(asking: str, scheme: str) -> str:
    """The question for the scheme as one that is always, or never, true."""
    return _SCHEME.sub(
        lambda found: "(min-width:0px)" if found[1].lower() == scheme else "(max-width:0px)", asking
    )
