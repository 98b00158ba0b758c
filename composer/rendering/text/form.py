"""What the text variant looks like: a bulletin with contents, or a letter with a signature."""

from __future__ import annotations

import re
from enum import StrEnum

from composer.errors import Place, TemplateError
from composer.model.issue import Block, Paragraph

_SET = re.compile(r"\{%[-+]?\s*set\s+text_form\s*=\s*[\"'](?P<form>[^\"'\n]*)[\"']\s*[-+]?%\}")
_POSTSCRIPT = ("P.S.", "PS.", "PS:")


class Form(StrEnum):
    """A template chooses with `{% set text_form = "letter" %}`."""

    BULLETIN = "bulletin"  #: authors at the head; contents and numbers from three sections on
    LETTER = "letter"  #: the authors sign at the end, a postscript below them


def form_of(template: str, place: Place) -> Form:
    """The form that the text of a template asks for: a bulletin when it does not say.

    Raises:
        TemplateError: there is no such form.
    """
    found = _SET.search(template)
    if found is None:
        return Form.BULLETIN
    try:
        return Form(found["form"])
    except ValueError as error:
        line = template.count("\n", 0, found.start()) + 1
        raise TemplateError(
            f"a text variant has no form {found['form']!r}",
            place=Place(place.path, line),
            hint=f"text_form is one of {', '.join(Form)}",
        ) from error


def is_postscript(block: Block, words: str) -> bool:
    """Whether a paragraph of these words stands below the signature, as on paper."""
    plain = "".join(words.split()).upper()
    return isinstance(block, Paragraph) and plain.startswith(_POSTSCRIPT)
