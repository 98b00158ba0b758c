"""The letter as it was sent, with a badge at each link: how many readers followed it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from html import escape, unescape

from composer.model.edition import Edition
from composer.model.mailing import Letterhead
from composer.rendering.encoders import fill
from composer.reports.figures import Clicked
from composer.sending.message import Message
from composer.sending.sample import sample_delivery

_LINK = re.compile(r"<a\b[^>]*?\bhref=\"([^\"]*)\"[^>]*>.*?</a>", re.DOTALL | re.IGNORECASE)
_CID = re.compile(r"cid:([A-Za-z0-9@._-]+)")
_BADGE = (
    "display:inline-block;margin:0 0 0 4px;padding:0 6px;border-radius:9px;background:#0b5a75;"
    "color:#ffffff;font:bold 11px/18px system-ui,sans-serif;vertical-align:middle;"
    "text-decoration:none"
)


def clicked_letter(edition: Edition, letterhead: Letterhead, clicks: Mapping[str, Clicked]) -> str:
    """A page of its own: nobody's values, pictures inside, and the badges."""
    fields = tuple(
        slot.name.removeprefix("subscriber.")
        for slot in edition.slots
        if slot.name.startswith("subscriber.")
    )
    delivery = sample_delivery(edition, None, fields, delivery_id="report")
    # Without a seal, counted links lead to their targets here.
    page = fill(edition.html, Message.compile(edition, letterhead).values(delivery))
    page = _LINK.sub(lambda match: match[0] + _badge(unescape(match[1]), clicks), page)
    pictures = {image.cid: image for image in edition.images}

    def inside(match: re.Match[str]) -> str:
        image = pictures.get(match[1])
        if image is None:
            return match[0]
        return f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}"

    return _CID.sub(inside, page)


def _badge(link: str, clicks: Mapping[str, Clicked]) -> str:
    found = clicks.get(link)
    if found is None or not found.people:
        return ""
    told = f"{found.people:,} readers followed this link"
    return f'<span style="{_BADGE}" title="{escape(told)}">{found.people:,}</span>'
