"""The text of a rule: read as a Python expression, with the place of each of its parts."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from contextlib import suppress
from itertools import pairwise

from composer.errors import AudienceError, Place
from composer.model.settings import SegmentRule
from composer.reading.suggest import near

MAX_RULE_CHARS = 4_000
#: So many parts of a wrong rule are looked at for where it goes wrong.
MAX_PARTS = 200
FORGOTTEN = ". Perhaps you forgot a comma?"
JOINING = ("and", "or")
#: What begins a value; these words go on with the condition before them.
VALUES = (tokenize.NAME, tokenize.STRING, tokenize.NUMBER)
JOINERS = ("and", "or", "not", "in", "is", "if", "else", "for")
BRACKETS = {"(": ")", "[": "]", "{": "}"}


class RuleText:
    """One rule as it is written, and errors that point into it."""

    def __init__(self, segment: SegmentRule) -> None:
        self._segment = segment
        self._lines = re.split(r"\r\n|\r|\n", segment.rule)  # as Python counts them

    def tree(self) -> ast.expr:
        """The rule as Python's syntax tree; nothing is evaluated.

        Raises:
            AudienceError: it is empty, too long, or no expression.
        """
        text = self._segment.rule
        if len(text) > MAX_RULE_CHARS:
            hint = 'many values stand in one list: country in ("US", "CA")'
            raise self.error(f"the rule is longer than {MAX_RULE_CHARS:,} characters", hint=hint)
        if not text.strip():
            raise self.error("the rule is empty", hint='write a condition, as role == "board"')
        # Inside a bracket a rule may go over several lines. Python counts the bracket as a
        # column of the first line.
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # "\d" in a text is no matter of ours
                body = ast.parse(f"[{text}\n]", mode="eval").body
        except SyntaxError as error:
            raise self._syntax(error) from None
        except (ValueError, RecursionError, MemoryError):
            raise self.error("the rule cannot be read") from None
        match body:
            case ast.List(elts=[condition]):
                return condition
            case ast.List(elts=[_, second, *_]):
                raise self.error("a comma joins nothing", second, hint="write and, or or")
            case _:
                raise self.error("this is not one condition", hint="count the brackets")

    def _syntax(self, error: SyntaxError) -> AudienceError:
        if "parenthes" in error.msg or "never closed" in error.msg:
            # Python would speak of our own bracket.
            return self.error("the brackets do not match", hint="each ( needs its )")
        line, column = error.lineno or 1, error.offset or 1
        # "Perhaps you forgot a comma?" is advice for a list, which this is not: and Python points
        # at the first of the two, which is right.
        message = error.msg.removesuffix(FORGOTTEN)
        if error.msg.endswith(FORGOTTEN) and (found := self._stumble()):
            line, column = found.start
            word = found.string
            hint = near(word, JOINING, otherwise=f"and, or or is missing before {word}")
            return self._at(f"this is not a rule: {message}", line, column, hint)
        if "Maybe you meant '=='" in error.msg:
            message, hint = "invalid syntax", "one = sets nothing here: write == to compare"
            return self._at(f"this is not a rule: {message}", line, column - 1 - (line == 1), hint)
        return self._at(f"this is not a rule: {message}", line, column - 1 - (line == 1))

    def _stumble(self) -> tokenize.TokenInfo | None:
        """The first part that does not go on with the condition before it."""
        tokens: list[tokenize.TokenInfo] = []
        with suppress(tokenize.TokenError, IndentationError):
            tokens.extend(tokenize.generate_tokens(io.StringIO(self._segment.rule).readline))
        words = [token for token in tokens if token.string.strip()][:MAX_PARTS]
        closing = ""
        for before, found in pairwise(words):
            closing = _closing(closing, before.string)
            follows = before.string not in (*BRACKETS, ",") and found.string not in JOINERS
            if follows and found.type in VALUES and _is_whole(self._until(before.end) + closing):
                return found
        return None

    def _until(self, end: tuple[int, int]) -> str:
        line, column = end
        return "\n".join([*self._lines[: line - 1], self._lines[line - 1][:column]])

    def error(self, problem: str, node: ast.expr | None = None, *, hint: str = "") -> AudienceError:
        """`problem` at `node`, or at the rule's first character."""
        if node is None:
            return self._at(problem, 1, 0, hint)
        # The tree counts columns in bytes of UTF-8; editors count characters.
        line = self._lines[node.lineno - 1]
        offset = node.col_offset - (node.lineno == 1)
        column = len(line.encode()[:offset].decode(errors="ignore"))
        return self._at(problem, node.lineno, column, hint)

    def _at(self, problem: str, line: int, column: int, hint: str = "") -> AudienceError:
        """`line` counts from 1 and `column` from 0, inside the rule."""
        start = self._segment.place
        first_column = (start.column or 1) if line == 1 else 1
        place = Place(start.path, (start.line or 1) + line - 1, first_column + max(column, 0))
        return AudienceError(f"segment {self._segment.name!r}: {problem}", place=place, hint=hint)


def _closing(closing: str, part: str) -> str:
    """What would close the brackets that are open after `part`."""
    if part in BRACKETS:
        return BRACKETS[part] + closing
    return closing[1:] if part and part == closing[:1] else closing


def _is_whole(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(f"({text}\n)", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
