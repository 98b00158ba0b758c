"""The header block as a receiver reads it: a strict parser that trusts nobody, us included."""

from __future__ import annotations

import re
from collections.abc import Sequence

from composer.errors import ComposerError

MAX_LINE = 998  # RFC 5322 section 2.1.1, without CRLF


class Expected:
    """Whether a block's fields are those of `names`, as `field_names` would say, in one look."""

    def __init__(self, names: Sequence[str]) -> None:
        fields = (
            rf"{re.escape(name)}: .{{0,{MAX_LINE - len(name) - 2}}}\r\n"
            rf"(?: (?! *\r).{{0,{MAX_LINE - 1}}}\r\n)*"
            for name in names
        )
        self._form = re.compile("".join(fields))
        self.names = list(names)

    def is_met_by(self, block: str) -> bool:
        text = block.replace("\r\n", "")
        return text.isascii() and text.isprintable() and self._form.fullmatch(block) is not None


def field_names(block: str) -> list[str]:
    """The names of the fields of a whole header block, in order.

    Raises:
        ComposerError: it is not lines of printable ASCII with CRLF behind each, a line is
            too long or blank, or a line is neither a field nor the continuation of one.
    """
    *lines, rest = block.split("\r\n")
    text = "".join(lines)
    if rest or not (text.isascii() and text.isprintable()):
        raise ComposerError("the header block holds a character that no header may hold")
    if max(map(len, lines), default=0) > MAX_LINE:
        raise ComposerError(
            f"a header line is longer than {MAX_LINE} characters",
            hint="shorten base_url, or the mailbox for unsubscribing",
        )
    names: list[str] = []
    for line in lines:
        if line[:1] == " " and names and not line.isspace():
            continue
        name, colon, _ = line.partition(": ")
        if not colon or " " in name:
            raise ComposerError("the header block holds a line that is no header field")
        names.append(name)
    return names
