"""HTML as it is kept in git: the same page, with a line for each box, so that diffs are small."""

from __future__ import annotations

import re

_BOXES = (
    "html|head|body|title|meta|style|table|tbody|thead|tr|td|th|div|p|h[1-6]|ul|ol|li|blockquote"
    "|hr|img|center"
)
#: Before a box opens or a table, list, row or page closes; never in the middle of a text.
_BREAK = re.compile(
    rf"(?<!\n)(?=<(?:{_BOXES})\b|</(?:html|head|body|table|tbody|thead|tr|div|ul|ol)>|<!--)",
    re.IGNORECASE,
)


def laid_out(html: str) -> str:
    """`html` with line breaks where browsers do not show them; it ends with one."""
    broken = _BREAK.sub("\n", html).lstrip("\n")
    return broken if broken.endswith("\n") else f"{broken}\n"
