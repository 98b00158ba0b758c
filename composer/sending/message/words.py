"""Header text on the wire: folded ASCII where that is safe, RFC 2047 encoded words where not.

The standard library is not trusted with this: it rewrites long structured headers as encoded
words, and several of its versions let an encoded line break through (CVE-2024-6923).
Every function takes `used`, the columns that the header's name and `: ` take up, and returns
the value with its folds (`CRLF` and one blank) in it.
"""

from __future__ import annotations

import base64
import re
import string
from collections.abc import Callable

from composer.model.address import Address
from composer.model.edition import Context
from composer.rendering.encoders import encoder_of

FOLD = "\r\n "
LINE = 78  # RFC 5322 section 2.1.1, recommended
ENCODED_LINE = 76  # RFC 2047 section 2: a line that holds an encoded word
ENCODED_WORD = 75  # and the word itself
MAX_NAME_CHARS = 200  # a longer display name is a mistake in the list, and is left out

_cleaned = encoder_of(Context.HEADER)
_BLANKS = re.compile(" {2,}")
_PRINTABLE = re.compile("[ -~]*")
_ATOMS = re.compile("[A-Za-z0-9'_-]+(?: [A-Za-z0-9'_-]+)*")
_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*")


def clean_name(name: str) -> str:
    """A display name in one line of visible text; `""` when it is absurdly long."""
    name = _cleaned(name)
    return name if len(name) <= MAX_NAME_CHARS else ""


def squeezed(text: str) -> str:
    """Runs of blanks become one, and none is left at the ends."""
    return _BLANKS.sub(" ", text).strip(" ")


def addr_spec(address: Address) -> str:
    """RFC 5322 section 3.4.1; a local part with stray dots needs quotation marks."""
    if is_dot_atom(address.local):
        return str(address)
    return f'"{address.local}"@{address.domain}'


def is_dot_atom(text: str) -> bool:
    return _DOT_ATOM.fullmatch(text) is not None


def unstructured(text: str, used: int) -> str:
    """A subject: `text` is clean and squeezed."""
    if len(text) + used <= LINE and _may_stand_as_it_is(text):
        return text
    words = text.split(" ")
    if _may_stand_as_it_is(text) and max(map(len, words)) <= LINE - used:
        return _folded(words, used)
    return FOLD.join(encoded_words(text, used))


def labelled(label: str, target: str, used: int) -> str:
    """`Label <target>`: a mailbox or a List-ID; `label` is clean."""
    phrase = _phrase(label, used)
    head, fold, last_line = phrase.rpartition(FOLD)
    column = 1 + len(last_line) if fold else used + len(phrase)
    gap = " " if column + 3 + len(target) <= ENCODED_LINE else FOLD
    return f"{head}{fold}{last_line}{gap}<{target}>"


def mailbox(name: str, address: Address, used: int) -> str:
    """`Name <local@domain>`, or the bare address when there is no name."""
    spec = addr_spec(address)
    return labelled(name, spec, used) if name else spec


def unfolded(value: str) -> str:
    return value.replace("\r\n", "")


def encoded_words(text: str, used: int) -> list[str]:
    """RFC 2047 words in UTF-8, none splitting a character, each fitting on a line of its own.

    Q as long as most characters are ASCII: it stays readable, and spam filters mistrust B
    where it was not needed. B for the other scripts, which it keeps small.
    """
    if 2 * len(text.encode("ascii", "ignore")) >= len(text):
        room = ENCODED_LINE - used - len("=?utf-8?q??=")
        if len(word := text.translate(_Q)) <= room:
            return [f"=?utf-8?q?{word}?="]
        units = [char.translate(_Q) for char in text]
        return [f"=?utf-8?q?{word}?=" for word in _packed(units, used, len)]
    words = _packed(list(text), used, _b_size)
    return [f"=?utf-8?b?{base64.b64encode(word.encode()).decode()}?=" for word in words]


def _phrase(text: str, used: int) -> str:
    if _ATOMS.fullmatch(text) and used + len(text) <= LINE:
        return text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    if _may_stand_as_it_is(text) and used + len(quoted) + 2 <= LINE:
        return f'"{quoted}"'
    return FOLD.join(encoded_words(text, used))


def _may_stand_as_it_is(text: str) -> bool:
    """Printable ASCII that no receiver takes for an encoded word."""
    return _PRINTABLE.fullmatch(text) is not None and "=?" not in text


def _folded(words: list[str], used: int) -> str:
    lines, column = [words[0]], used + len(words[0])
    for word in words[1:]:
        column += 1 + len(word)
        if column > LINE:
            lines.append(word)
            column = 1 + len(word)
        else:
            lines[-1] += f" {word}"
    return FOLD.join(lines)


def _packed(units: list[str], used: int, size: Callable[[str], int]) -> list[str]:
    """`units` in runs, the first fitting behind `used` columns, the others on lines of their own.

    `size` tells how many columns a run takes up once it is encoded.
    """
    room = ENCODED_LINE - used - len("=?utf-8?q??=")
    if size(whole := "".join(units)) <= room:
        return [whole]
    runs, run = [], ""
    for unit in units:
        if size(run + unit) > room:
            runs.append(run)
            room, run = ENCODED_WORD - len("=?utf-8?q??="), ""
        run += unit
    return [*runs, run]


def _b_size(text: str) -> int:
    return -(-len(text.encode()) // 3) * 4


class _Words(dict[int, str]):
    """What characters become in a Q word, to be asked by `str.translate`."""

    def __missing__(self, code: int) -> str:
        wire = "".join(f"={byte:02X}" for byte in chr(code).encode())
        if code < _COMMON:
            self[code] = wire
        return wire


_COMMON = 0x3000  #: alphabets end here; whoever writes behind them is mostly written in B
# RFC 2047 section 5 (3): what may stand for itself even in a phrase.
_Q = _Words({ord(char): char for char in f"{string.ascii_letters}{string.digits}!*+-/"})
_Q[ord(" ")] = "_"
