"""What a reader's client would show of an issue, whole or with things taken away."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from functools import cache

from composer.model.address import Address
from composer.model.edition import EditionKey
from composer.model.issue import Issue
from composer.model.settings import Mailbox, NewsletterSettings, Palette
from composer.rendering.compile import compile_edition
from composer.rendering.encoders import fill
from composer.rendering.templates import Templates

NEWSLETTER = NewsletterSettings(
    name="Harbour Watch",
    sender=Mailbox("Harbour Watch", Address("desk", "news.example.org")),
    base_url="https://news.example.org",
    list_id="harbour-watch.news.example.org",
    postal_address="12 Quay Street, Port Example",
    publisher="The Harbour Desk",
)
TEMPLATES = Templates.of_site(None)
VALUES = {
    "unsubscribe_url": "https://news.example.org/u/0123456789abcdef0123456789abcdef",
    "preferences_url": "https://news.example.org/preferences/0123456789abcdef0123456789abcdef",
}


#: The templates that we ship; every rule about letters holds for each.
BUILT_IN = ("digest", "letter", "monitor")
#: What words and pictures have at a desk, in pixels; 24 are at each side of it.
MEASURES = {"digest": 552, "letter": 512, "monitor": 552}


@cache
def drawn_by(template: str) -> NewsletterSettings:
    return replace(NEWSLETTER, template=template)


def newsletter(palette: Palette, template: str) -> NewsletterSettings:
    return replace(NEWSLETTER, palette=palette, template=template)


#: The pages that were made of the same letter for the same newsletter, which are kept with them.
_MADE: dict[tuple[int, int, bool], tuple[Issue, NewsletterSettings, str]] = {}


def page_of(
    letter: Issue, sender: NewsletterSettings = NEWSLETTER, *, pictures: bool = True
) -> str:
    """The HTML that a reader's client shows, its pictures in the same file."""
    key = id(letter), id(sender), pictures
    if key not in _MADE:
        _MADE[key] = letter, sender, rendered(letter, sender, TEMPLATES, pictures=pictures)
    return _MADE[key][2]


def rendered(
    letter: Issue, sender: NewsletterSettings, templates: Templates, *, pictures: bool = True
) -> str:
    edition = compile_edition(letter, sender, templates, EditionKey(letter.locale))
    html = fill(edition.html, VALUES)
    for part in edition.images if pictures else ():
        data = base64.b64encode(part.data).decode()
        html = html.replace(f"cid:{part.cid}", f"data:{part.media_type};base64,{data}")
    return html


def without_sheets(html: str) -> str:
    """As the strictest clients show it: inline styles are all that is left."""
    html = re.sub(r"<style\b.*?</style>", "", html, flags=re.DOTALL)
    return re.sub(r'<meta name="(supported-)?color-schemes?"[^>]*>', "", html)


def without_pictures(html: str) -> str:
    return re.sub(r'src="data:[^"]*"', 'src="cid:not-shown"', html)
