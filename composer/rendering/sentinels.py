"""Stand-ins for slots while an edition is made, and the cut at them when it is done.

A stand-in is a run of digits: no case change, percent-encoding, HTML escape or CSS parser
alters it. It begins with the only 9 in it, so that digits around it cannot shift where it is
found. It is derived from everything the issue says, so nothing in the issue can imitate it;
that it is absent is verified all the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from composer.errors import TemplateError
from composer.model.edition import Parts, Slot

_HASH_DIGITS = 20
_NUMBER_DIGITS = 4
_MOST_SLOTS = 9**_NUMBER_DIGITS


class Sentinels:
    """The stand-ins of one edition: one for each distinct slot."""

    def __init__(self, content: str) -> None:
        """`content` holds all text that could be confused with a stand-in."""
        salt = 0
        while (mark := _mark(content, salt)) in content:
            salt += 1
        self._mark = mark
        self._found = re.compile(f"{mark}([0-8]{{{_NUMBER_DIGITS}}})")
        self._slots: list[Slot] = []
        self._numbers: dict[Slot, int] = {}

    def put(self, slot: Slot) -> str:
        """The stand-in for `slot`, the same each time.

        Raises:
            TemplateError: there are thousands of distinct slots.
        """
        number = self._numbers.get(slot)
        if number is None:
            number = len(self._slots)
            if number == _MOST_SLOTS:
                raise TemplateError(
                    f"there are more than {_MOST_SLOTS:,} different personal places in one issue"
                )
            self._slots.append(slot)
            self._numbers[slot] = number
        return f"{self._mark}{_base9(number, _NUMBER_DIGITS)}"

    def slot(self, number: str) -> Slot:
        """The slot that a stand-in with this `number` stands for.

        Raises:
            TemplateError: there is none: something mangled a stand-in.
        """
        index = int(number, 9)
        if index >= len(self._slots):
            raise TemplateError(f"a personal place was mangled on its way ({number})")
        return self._slots[index]

    def count(self, text: str) -> int:
        """How many stand-ins `text` holds, whole or mangled."""
        return text.count(self._mark)

    def finditer(self, text: str) -> Sequence[re.Match[str]]:
        """The stand-ins of `text` in order; `group(1)` is the number."""
        return list(self._found.finditer(text))

    def cut(self, text: str) -> Parts:
        """`text` as literals and slots."""
        parts: list[str | Slot] = []
        end = 0
        for match in self._found.finditer(text):
            if match.start() > end:
                parts.append(text[end : match.start()])
            parts.append(self.slot(match.group(1)))
            end = match.end()
        if end < len(text):
            parts.append(text[end:])
        return tuple(parts)

    def shown(self, text: str) -> str:
        """`text` for people to read, each stand-in as `{{ name }}`."""
        return self._found.sub(lambda m: f"{{{{ {self.slot(m.group(1)).name} }}}}", text)

    def widened(self, text: str) -> str:
        """`text` for measuring: each stand-in as wide as its default, or as 12 columns."""
        if self._mark not in text:
            return text
        return self._found.sub(lambda m: self.slot(m.group(1)).default or "x" * 12, text)


def _mark(content: str, salt: int) -> str:
    digest = hashlib.sha256(f"{salt}\0{content}".encode("utf-8", "surrogatepass")).digest()
    return "9" + _base9(int.from_bytes(digest[:10]) % 9**_HASH_DIGITS, _HASH_DIGITS)


def _base9(number: int, digits: int) -> str:
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, 9)
        text = f"{digit}{text}"
    return text
