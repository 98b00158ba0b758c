"""The issues of the archive, each with its view, its address and its pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote

from composer.model.edition import InlineImage
from composer.model.issue import Issue
from composer.model.settings import ImageMode, NewsletterSettings
from composer.reading.site_values import slug
from composer.rendering.pictures import Pictures
from composer.rendering.public import public_view
from composer.rendering.view import View

_CID = re.compile(r"cid:([A-Za-z0-9@._-]+)")


@dataclass(frozen=True)
class Entry:
    """One language of one issue. `path` is its folder below the site's root, with a last `/`."""

    issue: Issue
    view: View
    path: str
    pictures: Mapping[str, InlineImage]
    others: Sequence[tuple[str, str]] = ()  #: the locale and path of each other language

    @property
    def id(self) -> str:
        return self.issue.id

    @property
    def date(self) -> date:
        return self.issue.date

    def local(self, html: str, root: str) -> str:
        """`html` with its pictures below `root`, a URL or a relative path to the site's root."""

        def beside(found: re.Match[str]) -> str:
            image = self.pictures.get(found[1])
            return f"{root}{self.path}{quote(image.filename)}" if image else found[0]

        return _CID.sub(beside, html)


def entries_of(
    issues: Iterable[Issue], newsletter: NewsletterSettings, *, until: date, members: bool = False
) -> list[Entry]:
    """An entry for each language of each public issue of `until` or earlier, the newest first.

    With `members`, of those for members too.
    """
    shown = due_issues(issues, until=until, members=members)
    return [entry for issue in shown for entry in _languages(issue, newsletter)]


def due_issues(issues: Iterable[Issue], *, until: date, members: bool = False) -> list[Issue]:
    """The public issues of `until` or earlier, the newest first; with `members`, theirs too."""
    open_to = ("public", "members") if members else ("public",)
    shown = [issue for issue in issues if issue.archive in open_to and issue.date <= until]
    return sorted(shown, key=lambda issue: (issue.date, issue.id), reverse=True)


def _languages(issue: Issue, newsletter: NewsletterSettings) -> list[Entry]:
    first = f"archive/{issue.id}/"
    paths = {
        text.locale: first if text is issue else f"{first}{text.locale}/" for text in issue.texts
    }
    entries = []
    for text in issue.texts:
        pictures = Pictures(text, replace(newsletter, images=ImageMode.CID))
        view = public_view(text, newsletter, pictures)
        others = tuple((name, path) for name, path in paths.items() if name != text.locale)
        parts = {part.cid: part for part in pictures.parts}
        entries.append(Entry(text, view, paths[text.locale], parts, others))
    return entries


def groups(entries: Iterable[Entry], kind: str) -> dict[str, tuple[str, list[Entry]]]:
    """Entries by category, author or year: the name for the address → the name and its entries."""
    found: dict[str, tuple[str, list[Entry]]] = {}
    for entry in entries:
        for name in _names(entry.issue, kind):
            key = slug(name) or f"{kind}-{len(found) + 1}"
            found.setdefault(key, (name, []))[1].append(entry)
    return dict(sorted(found.items(), key=lambda item: item[1][0].lower(), reverse=kind == "year"))


def _names(issue: Issue, kind: str) -> Sequence[str]:
    match kind:
        case "category":
            return issue.categories
        case "author":
            return issue.authors
        case _:
            return (str(issue.date.year),)
