"""Pictures as MIME parts, encoded once for all readers."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from urllib.parse import quote

from composer.model.edition import InlineImage

_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,60}")
_LINE_CHARS = 76  # RFC 2045 section 6.8
_SECTION_CHARS = 60  # of a RFC 2231 name on each line


@lru_cache(maxsize=4)  # the editions of an issue show the same ones
def picture_part(image: InlineImage) -> bytes:
    """Headers, blank line and base64 lines of 76; without the line end before the boundary."""
    headers = (
        f"Content-Type: {image.media_type}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{image.cid}>\r\n"
        f"Content-Disposition: inline;\r\n {_filename(image.filename)}\r\n"
        "\r\n"
    )
    text = base64.b64encode(image.data)
    lines = [text[at : at + _LINE_CHARS] for at in range(0, len(text), _LINE_CHARS)]
    return headers.encode("ascii") + b"\r\n".join(lines)


def _filename(name: str) -> str:
    """RFC 2183, and RFC 2231 for names beyond plain ASCII."""
    if _TOKEN.fullmatch(name):
        return f'filename="{name}"'
    text = f"utf-8''{quote(name, safe='')}"
    sections = re.findall(f"(?:%..|.){{1,{_SECTION_CHARS // 3}}}", text)
    if len(sections) == 1:
        return f"filename*={text}"
    return ";\r\n ".join(f"filename*{n}*={section}" for n, section in enumerate(sections))
