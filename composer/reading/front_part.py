"""Which part of an issue's file is its front matter."""

from __future__ import annotations

import re

from composer.model.issue import Position
from composer.reading.source import Findings, Source

MAX_CHARS = 64_000

_KEY = re.compile(r"[a-z_]+:")
_HYPHENS = re.compile(r"[-–—]{2,}[ \t]*|—")


def split_front_matter(source: Source, findings: Findings) -> tuple[str, str]:
    """The YAML between the two `---`, and the whole text with all of that blanked.

    Lines keep their numbers: the YAML begins on line 2 of the file.
    """
    lines = source.text.split("\n")
    if lines[0].rstrip() != "---":
        return "", _without_its_head(lines, findings)
    end = next((n for n, row in enumerate(lines[1:], 1) if row.rstrip() == "---"), 0)
    text_from = end + 1
    if not end:
        findings.error(
            "meta/unclosed", Position(1), "the front matter is not closed", "end it with a line ---"
        )
        guess = (n for n, row in enumerate(lines[1:], 1) if not row.strip() or row.startswith("# "))
        end = text_from = next(guess, len(lines))
    yaml = "\n".join(lines[1:end])
    if len(yaml) > MAX_CHARS:
        findings.error(
            "meta/too-long",
            Position(2),
            f"the front matter is longer than {MAX_CHARS:,} characters",
            "the text of the issue stands after the second ---",
        )
        yaml = ""
    return yaml, "\n".join([""] * text_from + lines[text_from:])


def _without_its_head(lines: list[str], findings: Findings) -> str:
    """The text of a file that does not begin with `---`; what may be front matter is blanked."""
    first = next((n for n, row in enumerate(lines[:50]) if row.strip()), 0)
    begins = lines[first].strip()
    message = "the issue does not begin with front matter"
    hint = "begin the file with --- and title: and date: and --- on lines of their own"
    if first and begins == "---":
        message = "an empty line stands before the front matter"
        hint = "delete it: --- is the first line of the file"
    elif _HYPHENS.fullmatch(begins):
        message, hint = f"the front matter begins with {begins}", "write ---, three hyphens"
    findings.error("meta/missing", Position(1), message, hint)
    is_head = _KEY.match(begins) or _HYPHENS.fullmatch(begins)
    end = (n for n, row in enumerate(lines[: first + 50]) if n > first and _HYPHENS.fullmatch(row))
    text_from = next(end, -1) + 1 if is_head else 0
    return "\n".join([""] * text_from + lines[text_from:])
