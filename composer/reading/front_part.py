"""Which part of an issue's file is its front matter."""

from __future__ import annotations

import re

from composer.model.issue import Position
from composer.reading.source import Findings, Source

MAX_CHARS = 64_000

_KEY = re.compile(r"[a-z_]+:")


def split_front_matter(source: Source, findings: Findings) -> tuple[str, str]:
    """The YAML between the two `---`, and the whole text with all of that blanked.

    Lines keep their numbers: the YAML begins on line 2 of the file.
    """
    lines = source.text.split("\n")
    if lines[0].rstrip() != "---":
        headless = _KEY.match(lines[0]) and "---" in lines[1:50]
        findings.error(
            "meta/missing",
            Position(1),
            "the issue does not begin with front matter",
            "begin the file with --- and title: and date: and --- on lines of their own",
        )
        text_from = lines.index("---") + 1 if headless else 0
        return "", "\n".join([""] * text_from + lines[text_from:])
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
