"""The attribute pass: generated MJML made safe for the compiler that comes after it.

mjml-python writes every attribute value, and the title where it becomes an `aria-label`, with
Rust's `{:?}`: a newline becomes `\\n`, a backslash doubles, letters beyond ASCII that it holds
for unprintable become `\\u{…}`, and a quotation mark ends the attribute. Numeric character
references go through untouched, so that is how values are written here. Without `alt`, a
picture would be announced by its file name; npm's mjml writes `alt=""`, and so do we.
"""

from __future__ import annotations

import re
from functools import lru_cache

from composer.rendering.guards import IN_TAG, VOID

_TAG = re.compile(rf"<([A-Za-z][\w:-]*+)({IN_TAG})>")
#: Begins at the beginning of a name, lest a long one be tried from each of its letters.
_ATTRIBUTE = re.compile(r"(?<![^\s=<>\"'/])([^\s=<>\"'/]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)')")
_NEEDS_ALT = frozenset({"mj-image", "mj-social-element", "mj-carousel-image", "img"})
_HAS_ALT = re.compile(r"(?<![\w-])alt\s*=")
#: What cannot stand in a value as it is; `&` can, for references are already made.
_UNSAFE = re.compile("[^ !#-;=?-\\[\\]-~]")
_SUSPICIOUS = re.compile("[^ !\"#-;=?-\\[\\]-~]|=\\s*'")
_HEAD = re.compile(r"<mj-head\s*+>[^<]*+(?:<(?!/mj-head\s*+>)[^<]*+)*(?:</mj-head\s*+>|\Z)")
#: Blanks after an element of the head, which mjml-python takes for a text where none may be, but
#: not when the line ends first.
_BLANKS = re.compile(r">[ \t\r]++(\s*+)(?=</?mj-|<!--)")
_LINE_ENDS = re.compile(r"(?<![ \t])[ \t]*+[\r\n]++[ \t]*+")
_TITLE = re.compile(r"(<mj-title[^>]*>)(.*?)(</mj-title\s*+>|\Z)", re.DOTALL)
#: What a document of XML begins with; MJML needs none of it, and mjml-python wants none.
_PROLOG = re.compile(r"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype[^>]*>)?", re.IGNORECASE)
#: What begins no tag, and is the sign itself, as a browser has it. A 9 may begin a stand-in,
#: and a reader's value is no sum: that stays an error.
_LESS_THAN = re.compile(r"<(?=[\s=0-8])")
_NAME = re.compile(r"(?<![^\s=<>\"'/])([^\s=<>\"'/]++)\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+')")
_SHEETS = re.compile(r"(<mj-style[^>]*+>.*?(?:</mj-style\s*+>|\Z))", re.DOTALL)
_SHEET = re.compile(r"(<mj-style[^>]*+>)([^<]*+(?:<(?!/mj-style\s*+>)[^<]*+)*)(</mj-style\s*+>|\Z)")

_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
#: A `<` of a sheet that ends none, as in `(width < 600px)`: mjml-python takes it for a tag.
_SHEET_LESS_THAN = re.compile(r"<(?![/!])")
_LESS_THAN_STAND_IN = "/*less-than*/"
_STAND_IN = re.compile(rf"{re.escape(_LESS_THAN_STAND_IN)}(?!/)")
_HTML_SHEET = re.compile(r"<style\b[^>]*+>[^<]*+")

#: The end of a line between two tags, which mjml-python drops: `<i>a</i>` and `<b>b</b>` on two
#: lines would be one word.
_BETWEEN = re.compile(r">\r?\n\s*+(?=</?+([A-Za-z][\w:-]*+)|<!--)")
_LAST_TAG = re.compile(r"</?+([A-Za-z][\w:-]*+)")
#: Around these a browser reads over blanks (and around every element of MJML).
_BLOCKS = VOID - {"img", "input"} | {
    *("address", "article", "aside", "blockquote", "body", "caption", "center", "colgroup", "dd"),
    *("div", "dl", "dt", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("head", "header", "html", "li", "main", "mjml", "nav", "ol", "p", "pre", "section", "style"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul"),
}
#: Nothing but blanks, which would have a cell of their own beside the icon.
_EMPTY_SOCIAL = re.compile(rf"(<mj-social-element{IN_TAG}(?<!/)>)(\s++)(</mj-social-element\s*+>)")


def safe_attributes(mjml: str) -> str:
    """`mjml` with every attribute value in ASCII and an `alt` on every picture.

    What npm's mjml reads and mjml-python does not is written so that both read the same: of two
    attributes of one name the first counts, a `<` before no tag is that sign, the end of a line
    parts two words, and what stands before `<mjml>` is left out. In a sheet a `<` is no tag, and
    comes back with `shown_sheets`. Lines keep their numbers.
    """
    mjml = _PROLOG.sub(lambda m: "\n" * m[0].count("\n"), mjml)
    if _LESS_THAN.search(mjml):
        mjml = "".join(
            piece if piece.startswith("<mj-style") else _LESS_THAN.sub("&lt;", piece)
            for piece in _SHEETS.split(mjml)
        )
    mjml = _TAG.sub(_tag, mjml)
    mjml = _TITLE.sub(lambda m: f"{m[1]}{_escaped(m[2].strip())}{m[3]}", mjml)
    mjml = _BETWEEN.sub(_spaced, mjml)
    mjml = _EMPTY_SOCIAL.sub(lambda m: f"{m[1]}{m[3]}" + "\n" * m[2].count("\n"), mjml)
    mjml = _HEAD.sub(lambda m: _BLANKS.sub(_new_line, m[0]), mjml, count=1)
    return _SHEET.sub(lambda m: f"{m[1]}{_css(m[2])}{m[3]}", mjml)


def _new_line(match: re.Match[str]) -> str:
    return f">{match[1]}" if match[1] else ">\n"


def _spaced(match: re.Match[str]) -> str:
    """With a blank before the end of the line, where it parts two words."""
    before = _LAST_TAG.match(match.string, match.string.rfind("<", 0, match.start()))
    parts = before is not None and _in_line(before[1]) and (not match[1] or _in_line(match[1]))
    return f"> {match[0][1:]}" if parts else match[0]


def _in_line(name: str) -> bool:
    return not name.startswith("mj-") and ":" not in name and name.lower() not in _BLOCKS


def _tag(match: re.Match[str]) -> str:
    remember = len(match[2]) < _MOST_REMEMBERED
    return (_known_tag if remember else _safe_tag)(match[1], match[2])


#: Characters: a picture may stand in an attribute.
_MOST_REMEMBERED = 500


#: The tags of a template are the same in all of its editions.
@lru_cache(maxsize=2_048)
def _known_tag(name: str, attributes: str) -> str:
    return _safe_tag(name, attributes)


def _safe_tag(name: str, attributes: str) -> str:
    names = _NAME.findall(attributes) if name.startswith("mj-") else ()
    if len(set(names)) < len(names):
        attributes = _firsts(attributes)
    if name in _NEEDS_ALT and not _HAS_ALT.search(attributes):
        attributes = f' alt=""{attributes}'
    elif not _SUSPICIOUS.search(attributes):
        return f"<{name}{attributes}>"
    return f"<{name}{_ATTRIBUTE.sub(_attribute, attributes)}>"


def _firsts(attributes: str) -> str:
    """`attributes` without a second one of any name."""
    seen: set[str] = set()

    def first(match: re.Match[str]) -> str:
        if match[1] in seen:
            return ""
        seen.add(match[1])
        return match[0]

    return _NAME.sub(first, attributes)


def _attribute(match: re.Match[str]) -> str:
    value = match[2] if match[2] is not None else match[3]
    return f'{match[1]}="{_escaped(value)}"'


def _escaped(value: str) -> str:
    if not _UNSAFE.search(value):
        return value
    return _UNSAFE.sub(lambda m: f"&#{ord(m[0])};", _LINE_ENDS.sub(" ", value))


def shown_sheets(html: str) -> str:
    """What was compiled, each sheet with the `<` that it had; no `</style` is made."""
    if _LESS_THAN_STAND_IN not in html:
        return html
    return _HTML_SHEET.sub(lambda m: _STAND_IN.sub("<", m[0]), html)


def _css(sheet: str) -> str:
    """CSS knows no character references, but autoescape writes them; `<` stays one."""
    if "<" in sheet:
        sheet = _CSS_COMMENT.sub(lambda m: m[0].replace("<", " "), sheet)
        sheet = _SHEET_LESS_THAN.sub(_LESS_THAN_STAND_IN, sheet)
    if "&" not in sheet:
        return sheet
    for reference, character in (("&#39;", "'"), ("&#34;", '"'), ("&gt;", ">"), ("&amp;", "&")):
        sheet = sheet.replace(reference, character)
    return sheet
