"""Web fonts that a template asks for by `mj-font`: the one thing that a letter may load.

MJML writes a link for each font that the letter uses, hidden from Outlook on Windows, which
would set Times New Roman instead of the next name in the list. The block is kept away from the
inliner, which reads sheets, and comes back as it was.
"""

from __future__ import annotations

import re

_LINK = r'<link href="https?://[^"<>]*" rel="stylesheet" type="text/css">'
_IMPORT = r"@import url\(https?://[^()<>]*\);"
_BLOCK = re.compile(
    rf'<!--\[if !mso\]><!-->(?:{_LINK})+<style type="text/css">(?:{_IMPORT})+</style>'
    r"<!--<!\[endif\]-->"
)
_STAND_IN = "<!--fonts-->"


def without_fonts(html: str) -> tuple[str, str]:
    """`html` with a stand-in for the block of its fonts, and that block; `""` for none."""
    block = _BLOCK.search(html)
    if block is None:
        return html, ""
    return f"{html[: block.start()]}{_STAND_IN}{html[block.end() :]}", block[0]


def with_fonts(html: str, block: str) -> str:
    """The other way."""
    return html.replace(_STAND_IN, block, 1) if block else html
