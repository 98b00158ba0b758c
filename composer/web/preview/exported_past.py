"""The view Compare as files: what readers would notice since the issue was approved."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from composer.errors import ComposerError
from composer.model.edition import InlineImage
from composer.snapshots.telling import HYPERTEXT, told
from composer.web.preview.chosen import Look
from composer.web.preview.comparing import Row, form_of, rows_of
from composer.web.preview.desk import Desk
from composer.web.preview.letters import dressed
from composer.web.preview.past import Past

FORMS = {"html": "HTML", "text": "Text", "headers": "Headers"}
_CID = re.compile(r"\bcid:([A-Za-z0-9@._-]+)")

#: Keeps a picture and tells its path from a letter.
Keep = Callable[[InlineImage], str]


@dataclass(frozen=True, slots=True)
class Changed:
    """A rendition that is not what it was: the lines of each form, and the two letters."""

    name: str
    forms: Sequence[tuple[str, Sequence[Row]]]
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What the page shows; `trouble` when there is nothing to compare with."""

    telling: Markup | str = ""
    changed: Sequence[Changed] = ()
    trouble: str = ""
    hint: str = ""


def compared(desk: Desk, issue_id: str, keep: Keep) -> Compared:
    """The issue against what was approved of it."""
    try:
        past = desk.past(issue_id, "snapshot", "HEAD")
    except ComposerError as error:
        return Compared(trouble=error.problem, hint=error.hint)
    both = [name for name in past.now if name in past.shots]
    changed = [one for name in both if (one := _changed(past, name, keep)).forms]
    # The words come escaped from `HYPERTEXT`.
    return Compared(Markup(told([past.verdict], HYPERTEXT)), changed)  # noqa: S704


def _changed(past: Past, name: str, keep: Keep) -> Changed:
    then, now = past.shots[name], past.now[name]
    forms = [
        (label, list(rows_of(form_of(then, form), form_of(now, form))))
        for form, label in FORMS.items()
        if form_of(then, form) != form_of(now, form)
    ]
    pictures = past.pictures(name)
    if not forms:
        return Changed(name, (), "", "")
    return Changed(name, forms, _page(then.html, pictures, keep), _page(now.html, pictures, keep))


def _page(html: str, pictures: Mapping[str, InlineImage], keep: Keep) -> str:
    def path(found: re.Match[str]) -> str:
        picture = pictures.get(found[1])
        return keep(picture) if picture else found[0]

    return dressed(_CID.sub(path, html), Look(), "")
