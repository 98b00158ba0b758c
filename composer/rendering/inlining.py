"""premailer, fenced: style sheets in, style attributes out; nothing is fetched or lost.

Of premailer we use one thing, how it writes rules into elements. It never sees a rule of an
at-rule, and our sheets stay in the letter byte for byte: its own rewriting drops `@font-face`
and `@supports`, and the `!important` without which no phone or dark rule works. What its CSS
parser would silently drop is an error here.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache

from composer.errors import Place, TemplateError
from composer.rendering.guards import depth_of
from composer.rendering.stylesheets import inlinable, refuse_import

#: libxml2 cuts a document off at 256.
MOST_DEEP = 240

_SHEET = re.compile(r"<style\b([^>]*)>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_STYLE = re.compile(r'\bstyle="([^"]*)"')
#: What loads or runs something; no client shows it, and some throw the letter away.
_REFUSED = re.compile(r"<(link|script|iframe|object|embed|applet|base|frame|form)\b", re.IGNORECASE)


def inline(html: str, place: Place) -> str:
    """`html` with what its `<style>` elements say also in the `style` of each element.

    A sheet with a `media` attribute of its own, and every at-rule, stays in its sheet only.
    The order of precedence is the cascade's; what an element's own `style` says wins.

    Raises:
        TemplateError: it would load something, is too deep, or has CSS that cannot be read.
    """
    from premailer import Premailer  # type: ignore[import-untyped]  # noqa: PLC0415 - 140 ms; it has no types

    try:
        rules = _rules(html)
        _refuse_unreadable(rules, html)
    except TemplateError as error:
        raise TemplateError(error.problem, place=place, hint=error.hint) from error
    marked = _SHEET.sub(r'<style data-premailer="ignore"\1>\2</style>', html)
    premailer = Premailer(
        css_text=[rules],
        disable_leftover_css=True,
        keep_style_tags=False,
        remove_classes=False,
        strip_important=True,
        align_floating_images=False,
        disable_validation=True,
        cssutils_logging_level=logging.CRITICAL,
        allow_network=False,
        allow_loading_external_files=False,
    )
    return str(premailer.transform(marked, pretty_print=False))


def _rules(html: str) -> str:
    visible = _COMMENT.sub("", html)
    if refused := _REFUSED.search(visible):
        raise TemplateError(
            f"a letter may not hold <{refused[1].lower()}>: it loads and runs nothing",
            hint="write style sheets as mj-style",
        )
    if html.count("<") > MOST_DEEP and depth_of(visible) > MOST_DEEP:
        raise TemplateError(f"the HTML has elements more than {MOST_DEEP} deep in one another")
    rules = []
    for attributes, sheet in _SHEET.findall(html):
        if "media" in attributes:
            refuse_import(sheet)
        else:
            rules.append(inlinable(sheet))
    return "\n".join(filter(None, rules))


def _refuse_unreadable(rules: str, html: str) -> None:
    problems = [*_problems(rules, whole=True)]
    for style in dict.fromkeys(_STYLE.findall(html)):
        problems += _problems(style, whole=False)
    if problems:
        raise TemplateError(
            f"CSS that cannot be read, and would be lost: {problems[0]}",
            hint="write it in the way of CSS 2.1, or inside @media or @supports",
        )


@lru_cache(maxsize=2048)
def _problems(css: str, *, whole: bool) -> tuple[str, ...]:
    """What cssutils says against `css`: a whole sheet, or the text of a `style` attribute.

    Remembered here, because cssutils remembers what it parsed and complains only once.
    """
    import cssutils  # type: ignore[import-untyped]  # noqa: PLC0415 - premailer's; it has no types

    said = _Said()
    cssutils.log.addHandler(said)
    level = cssutils.log.getEffectiveLevel()
    cssutils.log.setLevel(logging.ERROR)
    try:
        if whole:
            cssutils.parseString(css, validate=False)
        else:
            cssutils.parseStyle(css, validate=False)
    finally:
        cssutils.log.setLevel(level)
        cssutils.log.removeHandler(said)
    return tuple(said.messages)


class _Said(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(" ".join(record.getMessage().split())[:200])
