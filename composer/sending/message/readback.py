"""The header block as a receiver reads it: a strict parser that trusts nobody, us included."""

from __future__ import annotations

import re

from composer.errors import ComposerError

MAX_LINE = 998  # RFC 5322 section 2.1.1, without CRLF

# Printable ASCII only; a fold is CRLF and one blank, and no line is blank.
_FIELD = re.compile(r"([!-9;-~]+): ([ -~]*(?:\r\n [ ]*[!-~][ -~]*)*)\r\n")


def read_back(block: str) -> list[tuple[str, str]]:
    """Names and unfolded values of a whole header block, in order.

    Raises:
        ComposerError: something in it is not a header field, or a line is too long.
    """
    fields: list[tuple[str, str]] = _FIELD.findall(block)
    # findall skips what does not fit: only if it skipped nothing do the lengths add up.
    if sum([len(name) + len(value) + 4 for name, value in fields]) != len(block):
        raise ComposerError("the header block holds something that is not a header field")
    if max(map(len, block.split("\r\n"))) > MAX_LINE:
        raise ComposerError(
            f"a header line is longer than {MAX_LINE} characters",
            hint="shorten base_url, or the unsubscribe address",
        )
    return [(name, value.replace("\r\n", "")) for name, value in fields]
