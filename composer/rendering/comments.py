"""Comments, kept out of the compiler's way.

mjml-python reads a condition for Outlook inside another element as if its tags were tags: of
`<div><!--[if mso]></td><td><![endif]--></div>` it makes crossed ends. So it is given numbered
comments with nothing in them, and each gets its words back in the HTML.
"""

from __future__ import annotations

import re

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_STAND_IN = re.compile(r"<!--kept (\d+)\s*-->")


class Comments:
    """The comments of one letter and of all that it includes."""

    def __init__(self) -> None:
        self._kept: list[str] = []

    def hide(self, mjml: str) -> str:
        """`mjml` with a stand-in for each comment, on as many lines."""
        return _COMMENT.sub(self._stand_in, mjml) if "<!--" in mjml else mjml

    def show(self, html: str) -> str:
        """`html` with every comment as it was written."""
        return _STAND_IN.sub(lambda match: self._kept[int(match[1])], html)

    def _stand_in(self, match: re.Match[str]) -> str:
        self._kept.append(match[0])
        lines = "\n" * match[0].count("\n")
        return f"<!--kept {len(self._kept) - 1}{lines}-->"
