"""A quick look at MJML without Jinja: most of what a template makes is sound, and soon known so."""

from __future__ import annotations

import re
from functools import lru_cache

from composer.checks.mjml_source.elements import element_problems
from composer.checks.mjml_source.masking import GAP, HOLE, mask
from composer.checks.mjml_source.scan import start_of
from composer.checks.mjml_source.schema import schema

_TAG = re.compile(r"<(/?)(mj[\w-]*+)((?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*)>")
_COMMENT = re.compile(r"<!--(?:[^-]++|-(?!->))*-->")


def is_sound(text: str) -> bool:
    """Whether no element of MJML in `text` has a mistake in its attributes, or stands wrongly.

    Of what is not as plain as that, it says False: then `problems` knows.
    """
    masked = mask(text).text
    if GAP in masked:
        return False
    names = [""]
    at = 0
    ending = schema().ending
    for match in _TAG.finditer(masked):
        close, name, rest = match.groups()
        inside = names[-1]
        if inside not in ending and not _is_blank(masked[at : match.start()]):
            return False
        at = match.end()
        if close:
            if names.pop() != name:
                return False
        elif not _fits(inside, name, rest):
            return False
        elif not rest.endswith("/"):
            names.append(name)
    return names == [""] and _is_blank(masked[at:])


def _is_blank(text: str) -> bool:
    return not text or text.isspace() or not _COMMENT.sub("", text).strip()


@lru_cache(maxsize=4096)  # templates write the same tags again and again
def _fits(parent: str, name: str, rest: str) -> bool:
    known = schema()
    stands = known.holds(parent, name) if parent else name == "mjml"
    tag = start_of(name, rest)
    return stands and HOLE not in tag.name and not any(element_problems(tag, lambda _: ""))
