"""Comments, kept out of the compiler's way.

mjml-python reads a condition for Outlook inside another element as if its tags were tags: of
`<div><!--[if mso]></td><td><![endif]--></div>` it makes crossed ends. So it is given numbered
comments with nothing in them, and each gets its words back in the HTML. Where it wants no
comment at all, nothing would come of one, and it is left out.
"""

from __future__ import annotations

import re

from composer.rendering.guards import IN_TAG

_TOKEN = re.compile(
    rf"<(?:!--(?P<said>.*?)(?P<end>-->|\Z)|(?P<closing>/?)(?P<name>mj-[\w-]++){IN_TAG}>)",
    re.DOTALL,
)
_STAND_IN = re.compile(r"<!--kept (\d+)\s*-->")
#: Around what stands between two sections of a wrapper: mjml-python writes it into the condition
#: for Outlook, and nobody else would see it.
_OUT, _IN = "<!--out-->", "<!--in-->"
_CONDITION = re.compile(r"<!--\[if [^\]]*\]>(?!<!-->)|<!\[endif\]-->|<!--out-->|<!--in-->")
#: Components that hold components only, or nothing, and mjml-python no comment.
_WITHOUT = frozenset(
    {
        *("mj-accordion-element", "mj-accordion-title", "mj-all", "mj-attributes"),
        *("mj-breakpoint", "mj-carousel", "mj-carousel-image", "mj-class", "mj-divider"),
        *("mj-font", "mj-image", "mj-spacer", "mj-title"),
    }
)


class Comments:
    """The comments of one letter and of all that it includes."""

    def __init__(self) -> None:
        self._kept: list[str] = []

    def hide(self, mjml: str) -> str:
        """`mjml` with a stand-in for each comment, on as many lines."""
        if "<!--" not in mjml and not ("<mj-wrapper" in mjml and "<mj-raw" in mjml):
            return mjml
        inside: list[str] = []

        def token(match: re.Match[str]) -> str:
            if match["end"] == "":
                return match[0]
            if match["said"] is not None:
                return self._stand_in(match, inside[-1] if inside else "")
            if match["closing"]:
                inside[:] = inside[: _last(inside, match["name"])]
                return f"{_IN if _between(inside, match) else ''}{match[0]}"
            if match[0].endswith("/>"):
                return match[0]
            between = _between(inside, match)
            inside.append(match["name"])
            return f"{match[0]}{_OUT if between else ''}"

        return _TOKEN.sub(token, mjml)

    def show(self, html: str) -> str:
        """`html` with every comment as it was written."""
        if _OUT in html:
            html = _outside(html)
        return _STAND_IN.sub(lambda match: self._kept[int(match[1])], html)

    def _stand_in(self, match: re.Match[str], parent: str) -> str:
        lines = "\n" * match[0].count("\n")
        if parent == "mj-style":  # CSS reads over the marks, and not over what is between them
            return match["said"]
        if parent in _WITHOUT:
            return lines
        self._kept.append(match[0])
        stand_in = f"<!--kept {len(self._kept) - 1}{lines}-->"
        return f"{_OUT}{stand_in}{_IN}" if parent == "mj-wrapper" else stand_in


def _last(inside: list[str], name: str) -> int:
    """Where the innermost `name` of `inside` is; its length when there is none."""
    return next((n for n in reversed(range(len(inside))) if inside[n] == name), len(inside))


def _between(inside: list[str], match: re.Match[str]) -> bool:
    """Whether a tag is an `mj-raw` among the sections of a wrapper."""
    return match["name"] == "mj-raw" and inside[-1:] == ["mj-wrapper"]


def _outside(html: str) -> str:
    """`html` with what is between `_OUT` and `_IN` out of the condition that it stands in."""
    condition = left = ""

    def mark(match: re.Match[str]) -> str:
        nonlocal condition, left
        said = match[0]
        if said == _OUT:
            left, condition = condition, ""
            return "<![endif]-->" if left else ""
        if said == _IN:
            condition, left = left, ""
            return condition
        condition = "" if said == "<![endif]-->" else said
        return said

    return _CONDITION.sub(mark, html)
