"""Which CSS rules are written into the elements, and which must stay in the sheet."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product

from composer.errors import TemplateError

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)", re.DOTALL)
_STRING_OR_BRACE = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[{};]", re.DOTALL)
#: `rgb(0 0 150 / 3%)` of CSS 4, which cssutils cannot read.
_SLASHED = re.compile(
    r"\b(rgb|hsl)a?\(\s*+([^\s,()/]++)\s++([^\s,()/]++)\s++([^\s,()/]++)\s*+/\s*+"
    r"(\d*\.?\d+)(%?)\s*+\)",
    re.IGNORECASE,
)
#: The sheet that MJML writes for ancient clients: on every cell it would double the letter.
_RESET = "#outlook a {"

#: As premailer has it: what it sorts by, the selector, the declarations.
Rule = tuple[tuple[int, ...], str, str]

_CLASSED = re.compile(r"<([a-zA-Z][\w-]*)\b[^<>]*? class=\"([^\"]*)\"")
#: A class at the start of a compound selector, with no element's name before it.
_BARE_CLASS = re.compile(r"(?<![\w.#:\])-])\.(-?[A-Za-z_][\w-]*)")
_ATTRIBUTE_NAME = re.compile(r"\[\s*([\w-]+)")
_MOST_WAYS = 16


@lru_cache(maxsize=256)
def inlinable(sheet: str) -> str:
    """The rules of `sheet` that can stand in a `style` attribute: all but those of at-rules.

    Raises:
        TemplateError: it imports another sheet, or its braces do not match.
    """
    refuse_import(sheet)
    if _RESET in sheet:
        return ""
    rules = [rule for rule in _top_level(_COMMENT.sub(" ", sheet)) if _is_plain(rule)]
    return with_commas("\n".join(rules))


def with_commas(css: str) -> str:
    """`css` with each `rgb(0 0 150 / 3%)` as `rgba(0, 0, 150, 0.03)`, which older clients know."""
    return _SLASHED.sub(_with_commas, css)


def _with_commas(match: re.Match[str]) -> str:
    name, *parts, alpha, percent = match.groups()
    share = float(alpha) / 100 if percent else float(alpha)
    return f"{name.lower()}a({', '.join(parts)}, {share:.4g})"


def _top_level(css: str) -> Iterator[str]:
    """The rules of `css`, at-rules with all that they hold."""
    depth = start = 0
    for match in _STRING_OR_BRACE.finditer(css):
        mark = match[0]
        depth += {"{": 1, "}": -1}.get(mark, 0)
        if depth < 0:
            break
        if depth == 0 and mark in "};":
            yield css[start : match.end()].strip()
            start = match.end()
    if depth:
        hint = "each { of an mj-style has its }"
        raise TemplateError("the braces of a style sheet do not match", hint=hint)


def _is_plain(rule: str) -> bool:
    return rule.endswith("}") and "@" not in rule.partition("{")[0]


def refuse_import(sheet: str) -> None:
    """Raises TemplateError when `sheet` would load another: nothing is fetched for a letter."""
    plain = _ESCAPE.sub(_unescaped, _COMMENT.sub("", sheet))
    if "@import" in plain.lower():
        raise TemplateError(
            "a style sheet uses @import: a letter loads nothing",
            hint="put the rules themselves into mj-style; a font is an mj-font",
        )


def _unescaped(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    number = int(match[1], 16)
    return chr(number) if 0 < number < 0x110000 else ""


def narrowed(rules: Sequence[Rule], html: str) -> list[Rule]:
    """`rules` as they apply to `html`: `.quiet` becomes `p.quiet` where only `p` has the class.

    Elements are found by name four times faster than by class, and a rule for a class or an
    attribute that nothing has is not looked for. Precedence is what it was.
    """
    asked = {name for _, selector, _ in rules for name in _ATTRIBUTE_NAME.findall(selector)}
    absent = frozenset(name for name in asked if f" {name}=" not in html)
    return [*_narrowed(tuple(rules), tuple(dict.fromkeys(_CLASSED.findall(html))), absent)]


@lru_cache(maxsize=64)
def _narrowed(
    rules: tuple[Rule, ...], classed: tuple[tuple[str, str], ...], absent: frozenset[str]
) -> tuple[Rule, ...]:
    """Letters of one template have the same classes on the same elements."""
    tags: dict[str, dict[str, None]] = defaultdict(dict)
    for tag, classes in classed:
        for name in classes.split():
            tags[name][tag.lower()] = None
    return tuple(
        (precedence, written, declarations)
        for precedence, selector, declarations in rules
        for written in _written(selector, tags, absent)
    )


def _written(
    selector: str, tags: dict[str, dict[str, None]], absent: frozenset[str]
) -> Iterator[str]:
    if not absent.isdisjoint(_ATTRIBUTE_NAME.findall(selector)):
        return
    pieces = _BARE_CLASS.split(selector)
    ways = [tuple(tags.get(name, ())) for name in pieces[1::2]]
    if sum(map(len, ways)) > _MOST_WAYS:
        yield selector
        return
    for chosen in product(*ways):
        text = pieces[0]
        for tag, name, rest in zip(chosen, pieces[1::2], pieces[2::2], strict=True):
            text += f"{tag}.{name}{rest}"
        yield text
