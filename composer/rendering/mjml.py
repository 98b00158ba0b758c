"""mjml-python, fenced: generated MJML in, HTML out, and its errors with a line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from composer.errors import ComposerError, Place, TemplateError
from composer.rendering.attributes import safe_attributes, shown_sheets
from composer.rendering.comments import Comments
from composer.rendering.guards import first_mismatch, refuse_huge
from composer.rendering.repairs import Repairs

Read = Callable[[str], str | None]

#: Files that one letter may include; a file that includes itself would never end.
_MOST_INCLUDES = 100
#: What MJML 4 has; mjml-python lets what it does not know through without a word.
COMPONENTS = (
    *("mj-accordion", "mj-accordion-element", "mj-accordion-text", "mj-accordion-title", "mj-all"),
    *("mj-attributes", "mj-body", "mj-breakpoint", "mj-button", "mj-carousel"),
    *("mj-carousel-image", "mj-class", "mj-column", "mj-divider", "mj-font", "mj-group", "mj-head"),
    *("mj-hero", "mj-image", "mj-include", "mj-navbar", "mj-navbar-link", "mj-preview", "mj-raw"),
    *("mj-section", "mj-social", "mj-social-element", "mj-spacer", "mj-style", "mj-table"),
    *("mj-text", "mj-title", "mj-wrapper"),
)
_LEFT = re.compile(r"<(mj-[\w-]+)")
_ERROR = re.compile(
    r"(?P<problem>.*?)(?: in (?:root template|template from \"(?P<file>.*?)\"))?"
    r"(?: at position (?P<start>\d+):\d+)?",
    re.DOTALL,
)
_REMEDIES = (
    ("<mj-html-attributes", "mj-html-attributes is not supported: write the attributes in mj-raw"),
    ('position="file-start"', "mj-raw with file-start is not supported"),
    ("<![CDATA[", "write &lt; and &amp; instead of CDATA"),
    ("<?xml", "begin with <mjml>"),
    ("<!DOCTYPE", "begin with <mjml>"),
)


def compile_mjml(mjml: str, read: Read, place: Place) -> str:
    """The HTML of `mjml`, its `<!DOCTYPE html>` in capitals (premailer drops the other).

    `read` gives the text of an included file, None when there is none. `place` is the
    template's, for errors.

    Raises:
        TemplateError: with the line of the generated MJML and an excerpt.
    """
    from mjml import mjml2html  # noqa: PLC0415 - only a rendering pays for it

    refuse_huge(mjml, place)
    comments = Comments()
    mjml = comments.hide(mjml)
    repairs = Repairs(place)
    includes = _Includes(read, comments, repairs)
    mjml = repairs.before(mjml)
    try:
        # Without fonts={}, a font's name alone would add a link to Google's servers.
        html = mjml2html(mjml, fonts={}, include_loader=includes)
    except ValueError as error:
        raise includes.failure or _in_words(str(error), mjml, place) from error
    if left := _LEFT.search(html):
        near = difflib.get_close_matches(left[1], COMPONENTS, n=1)
        raise TemplateError(
            f"MJML knows no <{left[1]}>",
            place=place,
            hint=f"did you mean <{near[0]}>?" if near else "",
        )
    html = shown_sheets(comments.show(repairs.after(html)))
    return html.replace("<!doctype html>", "<!DOCTYPE html>", 1)


class _Includes:
    """The loader of `mj-include`; the compiler swallows what it raises, so it is kept here."""

    def __init__(self, read: Read, comments: Comments, repairs: Repairs) -> None:
        self._read = read
        self._place = repairs.place
        self._repairs = repairs
        self._comments = comments
        self._loaded = 0
        self.failure: TemplateError | None = None

    def __call__(self, path: str) -> str:
        try:
            return self._include(path)
        except ComposerError as error:
            self.failure = TemplateError(error.problem, place=self._place, hint=error.hint)
            raise KeyError(path) from error

    def _include(self, path: str) -> str:
        self._loaded += 1
        if self._loaded > _MOST_INCLUDES:
            hint = "let no file include itself"
            raise TemplateError(f"mj-include loads more than {_MOST_INCLUDES} files", hint=hint)
        text = self._read(path.removeprefix("./"))
        if text is None:
            raise TemplateError(f"mj-include: there is no file {path!r} in email_templates/")
        refuse_huge(text, self._place)
        if path.endswith(".css"):
            return text
        return self._repairs.before(self._comments.hide(safe_attributes(text)))


def _in_words(said: str, mjml: str, place: Place) -> TemplateError:
    hint = next((remedy for sign, remedy in _REMEDIES if sign in mjml), "")
    error = _ERROR.fullmatch(said)
    problem, file, start = error.groups() if error else (said, None, None)
    if file is not None:
        return TemplateError(
            f"the included file {file!r} is not MJML: {problem}", place=place, hint=hint
        )
    if mismatch := first_mismatch(mjml):
        line, problem = mismatch
    elif start is not None:
        # Offsets are bytes.
        line = mjml.encode().count(b"\n", 0, int(start)) + 1
    else:
        return TemplateError(f"this is not MJML: {problem}", place=place, hint=hint)
    excerpt = mjml.split("\n")[line - 1].strip()[:80]
    return TemplateError(
        f"this is not MJML: {problem} (line {line} of what the template makes: {excerpt})",
        place=place,
        hint=hint,
    )
