"""The header block as a receiver reads it: a strict parser that trusts nobody, us included."""

from __future__ import annotations

from composer.errors import ComposerError

MAX_LINE = 998  # RFC 5322 section 2.1.1, without CRLF


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
