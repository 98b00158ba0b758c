"""Is the HTML what every mail program can read, and does it load or run nothing?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.page import words_in
from composer.checks.tags import Tag, misnested, repeated_attributes
from composer.model.finding import Severity

_IF = re.compile(r"<!--\[if\b[^\]]*\]>")
_WHOLE_IF = re.compile(
    r"<!--\[if\b[^\]]*\]>(?:(?!<!--\[if).)*?<!(?:--)?\[endif\](?:--)?>", re.DOTALL
)
_END_IF = re.compile(r"<!(?:--)?\[endif\](?:--)?>")
#: Loads or runs something: clients take it out, and filters think the worst of the letter.
_FORBIDDEN = frozenset(
    {
        "script",
        "form",
        "iframe",
        "object",
        "embed",
        "applet",
        "video",
        "audio",
        "base",
        "frame",
        "frameset",
    }
)
_URL_ATTRIBUTES = frozenset({"href", "src", "action", "background", "poster"})
_REMOTE = re.compile(r"@import\b|url\(\s*[\"']?\s*(?:https?:)?//", re.IGNORECASE)
_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}", re.IGNORECASE)
_COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)


def doctype(examined: Examined) -> Iterator[Remark]:
    """Without it browsers, and webmail with them, lay out as they did in 1998."""
    for page in examined.pages:
        if not re.match(r"<!doctype html\b", page.html, re.IGNORECASE):
            path, at = examined.where()
            hint = "begin the template with <mjml>, which writes it"
            yield Remark("the HTML does not begin with <!DOCTYPE html>", hint, at, path)


def charset(examined: Examined) -> Iterator[Remark]:
    """A saved or forwarded letter has no Content-Type header any more."""
    for page in examined.pages:
        said = [
            meta.get("charset") or _parameter(meta.get("content", ""))
            for meta in page.every("meta")
            if meta.get("charset") or (meta.get("http-equiv", "").lower() == "content-type")
        ]
        if [name.lower() for name in said] in ([], ["utf-8"]) and said:
            continue
        named = f"says {', '.join(said)}" if said else "does not say its character set"
        path, at = examined.where()
        yield Remark(f"the HTML {named}; it is UTF-8", 'one <meta charset="utf-8">', at, path)


def _parameter(content: str) -> str:
    return content.lower().partition("charset=")[2].strip()


def viewport(examined: Examined) -> Iterator[Remark]:
    """Without it phones show the letter as a page of 980 pixels, made small."""
    for page in examined.pages:
        metas = [m.get("content", "") for m in page.every("meta") if m.get("name") == "viewport"]
        path, at = examined.where('name="viewport"')
        if not any("width=device-width" in content for content in metas):
            hint = '<meta name="viewport" content="width=device-width, initial-scale=1">'
            yield Remark("the HTML does not fit itself to phones", hint, at, path)
        elif any(re.search(r"user-scalable\s*=\s*no|maximum-scale\s*=\s*1\b", c) for c in metas):
            hint = "take user-scalable=no and maximum-scale=1 away"
            yield Remark("the HTML forbids readers to enlarge it", hint, at, path)


def title(examined: Examined) -> Iterator[Remark]:
    """What screen readers say first, and what the tab of the web version shows."""
    for page in examined.pages:
        titles = [words_in(element) for element in page.every("title")]
        if not any(titles):
            path, at = examined.where("<mj-head>")
            hint = "<mj-title>{{ issue.title }}</mj-title> in the template's <mj-head>"
            yield Remark("the HTML has no title", hint, at, path)


def duplicate_id(examined: Examined) -> Iterator[Remark]:
    """A link to an id leads to the first place that has it."""
    for page in examined.pages:
        ids = Counter(element.get("id") for element in page.elements if element.get("id"))
        for name in sorted(name for name, times in ids.items() if times > 1):
            path, at = examined.where(f"{{#{name}}}", f'id="{name}"')
            message = f"{ids[name]} elements have the id {name!r}"
            yield Remark(message, "give each an id of its own", at, path)


def wellformed(examined: Examined) -> Iterator[Remark]:
    """What is nested wrongly is mended by each client in its own way."""
    for page in examined.pages:
        told = Counter(
            problem
            for problem, tag in (*misnested(page.tags), *repeated_attributes(page.tags))
            if not _of_office(tag)
        )
        for problem, times in told.items():
            path, at = examined.where()
            often = f" ({times} times)" if times > 1 else ""
            hint = "mend it in the template, or in the block that draws it"
            yield Remark(f"the HTML is not well formed: {problem}{often}", hint, at, path)


def _of_office(tag: Tag) -> bool:
    """The XML that only Office reads stands outside every rule of HTML."""
    return tag.name in {"xml", "noscript"} or ":" in tag.name


def forbidden(examined: Examined) -> Iterator[Remark]:
    """Mail programs cut it out, and some refuse the whole letter."""
    for page in examined.pages:
        suspect = _is_suspect(page.html.lower())
        for tag in page.tags:
            if (
                not tag.closing
                and (suspect or tag.name in _WATCHED)
                and (problem := _forbidden(tag))
            ):
                path, at = examined.where(*_signs(tag))
                hint = "a letter loads and runs nothing; link to a page that does"
                yield Remark(f"the HTML has {problem}", hint, at, path)


def _is_suspect(html: str) -> bool:
    """Whether any tag can have an attribute that runs something: few pages have the letters."""
    if "script" in html:
        return True
    return any(not html[at.start() - 1].isalnum() for at in _RUNS.finditer(html))


#: Begins with letters, so that they are found at once: what stands before them is looked at later.
_RUNS = re.compile(r"on[a-z]+\s*=")


def _signs(tag: Tag) -> Iterator[str]:
    """How it may be written in a template."""
    yield f"<{tag.name}{tag.written}"
    yield from (f"{name}={value}" for name, value in _FOUND.findall(tag.written))
    if tag.name in _FORBIDDEN:
        yield f"<{tag.name}"


_FOUND = re.compile(r"\b(on[a-z]+|href|src|action)=(\"[^\"]*\"|'[^']*')")


def _forbidden(tag: Tag) -> str:
    if tag.name in _FORBIDDEN:
        return f"<{tag.name}>"
    suspect = _known_as_suspect if len(tag.written) < _MOST_REMEMBERED else _SUSPECT.search
    if tag.name not in _LOADS and not suspect(tag.written):
        return ""
    for name, value in tag.attributes:
        if (tag.name, name) in _LOADS_BY and re.search(_LOADS_BY[tag.name, name], value.lower()):
            return f"<{tag.name} {name}={value}>"
        if re.fullmatch(r"on[a-z]+", name):
            return f"the attribute {name} on <{tag.name}>"
        if name in _URL_ATTRIBUTES and _scheme(value) in {"javascript", "vbscript"}:
            return f"a {_scheme(value)}: address on <{tag.name}>"
    return ""


#: Characters: a picture may stand in an attribute.
_MOST_REMEMBERED = 500


#: Tags with the same styles stand in a letter by the hundred.
@lru_cache(maxsize=2_048)
def _known_as_suspect(written: str) -> bool:
    return _SUSPECT.search(written) is not None


_LOADS = frozenset({"link", "meta"})
_WATCHED = _FORBIDDEN | _LOADS
_LOADS_BY = {
    ("link", "rel"): r"\b(stylesheet|import|preload|prefetch)\b",
    ("meta", "http-equiv"): "^refresh$",
}
_SUSPECT = re.compile(r"\bon[a-z]+\s*=|script", re.IGNORECASE)


def _scheme(url: str) -> str:
    return re.sub(r"[\s\x00-\x20]+", "", url).partition(":")[0].lower()


def remote_style(examined: Examined) -> Iterator[Remark]:
    """A sheet that loads tells its host who opened the letter, when and where."""
    for page in examined.pages:
        for sheet in page.sheets:
            fonts = _FONT_FACE.findall(sheet)
            rest = _COMMENTS.sub(" ", _FONT_FACE.sub(" ", sheet))
            if found := _REMOTE.search(rest):
                hint = "put the rules themselves into <mj-style>, pictures into the issue"
                path, at = examined.where(found[0])
                yield Remark(f"a style sheet loads something ({found[0]}…)", hint, at, path)
            if any(_REMOTE.search(font) for font in fonts):
                path, at = examined.where("@font-face")
                yield Remark(
                    "a style sheet loads a font: its host learns who opens the letter",
                    "use a font that readers have, or keep it and silence this on purpose",
                    at,
                    path,
                    severity=Severity.WARNING,
                )


def comment_balance(examined: Examined) -> Iterator[Remark]:
    """Outlook reads on as hidden, or hides what is shown, until the next end."""
    for page in examined.pages:
        opened, closed = len(_IF.findall(page.html)), len(_END_IF.findall(page.html))
        paired = len(_WHOLE_IF.findall(page.html))
        if opened == closed == paired:
            continue
        path, at = examined.where()
        message = f"of {opened} conditional comments and {closed} ends, {paired} belong together"
        yield Remark(message, "close each <!--[if mso]> with <![endif]-->", at, path)


_E, _W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule("html/doctype", _E, "no <!DOCTYPE html>", doctype),
    Rule("html/charset", _E, "a character set that is not said, or not UTF-8", charset),
    Rule("html/viewport", _E, "a page that does not fit phones", viewport),
    Rule("html/title", _E, "no title", title),
    Rule("html/duplicate-id", _E, "two elements with one id", duplicate_id),
    Rule("html/wellformed", _E, "tags that are not closed or nested wrongly", wellformed),
    Rule("html/forbidden", _E, "HTML that runs, asks or loads", forbidden, firm=True),
    Rule("html/remote-style", _E, "a style sheet that loads something", remote_style),
    Rule("html/comment-balance", _E, "a conditional comment without its end", comment_balance),
)
