"""Stands in for `composer.rendering.encoders` until that room is built."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

from composer.model.edition import Context

_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def encode(value: str, context: Context) -> str:
    text = _HIDDEN.sub("", re.sub(r"\r\n|[\r\n\t\u2028\u2029]", " ", value))
    match context:
        case Context.HTML:
            return html.escape(text, quote=False)
        case Context.ATTRIBUTE | Context.URL:
            return html.escape(text)
        case Context.URL_PART | Context.TEXT_URL_PART:
            return quote(text, safe="")
        case Context.HEADER:
            return re.sub(" +", " ", text)
        case _:
            return text
