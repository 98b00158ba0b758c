"""premailer, fenced: style sheets in, style attributes out; nothing is fetched or lost.

Of premailer we use one thing, how it writes rules into elements. It never sees a rule of an
at-rule, and our sheets stay in the letter byte for byte: its own rewriting drops `@font-face`
and `@supports`, and the `!important` without which no phone or dark rule works. What its CSS
parser would silently drop is an error here.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Protocol

from composer.errors import Place, TemplateError
from composer.rendering.fonts import with_fonts, without_fonts
from composer.rendering.guards import depth_of
from composer.rendering.stylesheets import Rule, inlinable, narrowed, refuse_import, with_commas

#: libxml2 silently drops what is 255 deep and all that follows.
MOST_DEEP = 240

#: Its log and its parser are one for all threads (premailer issue 65).
_CSSUTILS = threading.Lock()

_COMMENT_OR_SHEET = re.compile(
    r"<!--(?:[^-]++|-(?!->))*-->"
    r"|<style\b(?P<attributes>[^>]*+)>(?P<sheet>[^<]*+(?:<(?!/style>)[^<]*+)*)</style>",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MEDIA = re.compile(r"\bmedia\s*=\s*[\"']([^\"']*)", re.IGNORECASE)
#: A style in single quotes in a start tag as libxml2 writes it.
_SINGLE_QUOTED = re.compile(
    r"(<[A-Za-z][\w:-]*(?: [\w:-]+(?:=\"[^\"]*\"|='[^']*')?)*? style=)'([^'<>]*)'"
)
_STYLE = re.compile(r' style="([^"]*)"')
_COLOUR = re.compile(r"rgb|hsl", re.IGNORECASE)
#: What loads or runs something; no client shows it, and some throw the letter away.
_REFUSED = re.compile(r"<(link|script|iframe|object|embed|applet|base|frame|form)\b", re.IGNORECASE)


def inline(html: str, place: Place) -> str:
    """`html` with what its `<style>` elements say also in the `style` of each element.

    A sheet with a `media` attribute of its own, and every at-rule, stays in its sheet only, and
    fonts that `mj-font` asked for stay asked for. The order of precedence is the cascade's; what
    an element's own `style` says wins.

    Raises:
        TemplateError: it would load something, is too deep, or has CSS that cannot be read.
    """
    html, fonts = without_fonts(html)
    try:
        with _CSSUTILS:
            return with_fonts(_inlined(html), fonts)
    except TemplateError as error:
        raise TemplateError(error.problem, place=place, hint=error.hint) from error


def _inlined(html: str) -> str:
    _refuse_loading(html)
    if _COLOUR.search(html):
        html = _STYLE.sub(lambda style: with_commas(style[0]), html)
    rules = _rules(html)
    _refuse_unreadable(rules, html)
    # Premailer takes the mark away again, and leaves such a sheet as it is.
    marked = _COMMENT_OR_SHEET.sub(_marked, html)
    inlined = _premailer()(rules, html).transform(marked, pretty_print=False)
    if inlined.count("</") < html.count("</") and depth_of(html) > MOST_DEEP:
        hint = "look for a loop that opens an element and does not close it"
        message = f"the HTML has elements more than {MOST_DEEP} deep in one another"
        raise TemplateError(message, hint=hint)
    if " style='" in inlined:
        inlined = _SINGLE_QUOTED.sub(_in_double_quotes, inlined)
    return inlined


def _in_double_quotes(match: re.Match[str]) -> str:
    """`style='font-family:"A B"'` the way people and MJML write it."""
    return f"""{match[1]}"{match[2].replace('"', "'")}\""""


class _Transform(Protocol):
    def transform(self, html: str, *, pretty_print: bool) -> str: ...


@lru_cache(maxsize=1)
def _premailer() -> Callable[[str, str], _Transform]:
    """What makes a premailer for a sheet and the document that it is for."""
    # It keeps everything in one cache of 128 entries, which a single letter overflows.
    os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "8192")
    with _unread("requests"):
        from premailer import Premailer  # type: ignore[import-untyped]  # noqa: PLC0415 - takes 60 ms; it has no types

    @lru_cache(maxsize=64)
    def parsed(sheet: str) -> Sequence[Rule]:
        # Premailer remembers the parsed sheet but writes it out each time: 80 % of its time.
        rules, _ = Premailer._parse_style_rules(premailer_for(sheet, ""), sheet, 0)  # noqa: SLF001
        return tuple(rules)

    class Narrowed(Premailer):  # type: ignore[misc]  # it has no types
        document: str

        def _parse_style_rules(self, sheet: str, _index: int) -> tuple[Sequence[Rule], tuple[()]]:
            return narrowed(parsed(sheet), self.document), ()

        def _style_to_basic_html_attributes(self, *_: object, **__: object) -> None:
            """It would overwrite `width="560"`, which Outlook needs, with `100%`."""

    def premailer_for(sheet: str, html: str) -> _Transform:
        premailer = Narrowed(
            css_text=[sheet],
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
        premailer.document = html
        made: _Transform = premailer
        return made

    return premailer_for


@contextmanager
def _unread(name: str) -> Iterator[None]:
    """Who imports `name` in here has it read when something of it is asked for, if ever.

    Premailer could fetch style sheets with requests, which takes longer to read than all else.
    """
    if name in sys.modules:
        yield
        return
    standing_in = sys.modules[name] = ModuleType(name)
    vars(standing_in)["__getattr__"] = lambda asked: getattr(import_module(name), asked)
    try:
        yield
    finally:
        del sys.modules[name]


def _marked(match: re.Match[str]) -> str:
    if match["sheet"] is None or _other_media(match["attributes"]):
        return match[0]
    return f'<style data-premailer="ignore"{match["attributes"]}>{match["sheet"]}</style>'


def _other_media(attributes: str) -> bool:
    """Whether a sheet is for some screens only; premailer leaves it alone then."""
    media = _MEDIA.search(attributes)
    return media is not None and media[1].strip().lower() not in {"", "all", "screen"}


def _refuse_loading(html: str) -> None:
    refused = _REFUSED.search(html)
    if refused and (refused := _REFUSED.search(_COMMENT.sub("", html))):
        raise TemplateError(
            f"a letter may not hold <{refused[1].lower()}>: it loads and runs nothing",
            hint="write style sheets as mj-style, and fonts as mj-font",
        )


def _rules(html: str) -> str:
    rules = []
    for match in _COMMENT_OR_SHEET.finditer(html):
        sheet = match["sheet"]
        if sheet and _other_media(match["attributes"]):
            refuse_import(sheet)
        elif sheet:
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
