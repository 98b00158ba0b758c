"""From issues to the files of a static site; the same bytes for the same input."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from composer.archive.entries import Entry, entries_of, groups
from composer.archive.feeds import atom, json_feed, rss, sitemap
from composer.model.issue import Issue
from composer.model.settings import NewsletterSettings
from composer.rendering.strings import date_text, direction_of, language_name, words_of

#: How issues are grouped, and the word of the letter's language for each.
KINDS = {"category": "categories", "author": "authors", "year": "years"}


@dataclass(frozen=True)
class Archive:
    """`files` maps each path below the site's root to its bytes."""

    files: dict[str, bytes] = field(default_factory=dict)
    issues: int = 0


def build(
    issues: Iterable[Issue], newsletter: NewsletterSettings, *, until: date, members: bool = False
) -> Archive:
    """The archive of every public issue that appeared on `until` or before.

    Pages are below `archive/`, feeds and the sitemap at the root, as the web paths of the
    contract say. With `members`, the issues for members are among them, and nothing tells others
    of it: no feed, no sitemap, no address of a page's own.
    """
    entries = entries_of(issues, newsletter, until=until, members=members)
    return _Builder(newsletter, entries, members=members).archive()


class _Builder:
    def __init__(
        self, newsletter: NewsletterSettings, entries: Sequence[Entry], *, members: bool
    ) -> None:
        self.newsletter = newsletter
        self.members = members
        self.entries = entries
        #: Lists and feeds name an issue once: in the language it was written in.
        self.firsts = [entry for entry in entries if entry.path == f"archive/{entry.id}/"]
        self.files: dict[str, bytes] = {}
        self.pages: list[tuple[str, date | None]] = []
        self.jinja = Environment(
            loader=PackageLoader("composer.archive", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.jinja.globals["language_name"] = language_name

    def archive(self) -> Archive:
        self._lists()
        for entry in self.entries:
            self._issue(entry)
        for name in ("style.css", "search.js"):
            content = files("composer.archive").joinpath("pages", name).read_bytes()
            self.files[f"archive/{name}"] = content
        self.files["archive/style.css"] = self._colours() + self.files["archive/style.css"]
        self.files["archive/search.json"] = self._index()
        if not self.members:
            self._tell()
        return Archive(dict(sorted(self.files.items())), len(self.firsts))

    def _tell(self) -> None:
        """What brings others here."""
        firsts, newsletter = self.firsts, self.newsletter
        self.files["feed.xml"] = atom(firsts, newsletter, self._body)
        self.files["rss.xml"] = rss(firsts, newsletter, self._body)
        self.files["feed.json"] = json_feed(firsts, newsletter, self._body)
        self.files["sitemap.xml"] = sitemap(self.pages, newsletter)

    @cached_property
    def kinds(self) -> Mapping[str, tuple[str, Mapping[str, tuple[str, list[Entry]]]]]:
        """How the issues are grouped: the word for it, and the groups by their addresses."""
        return {kind: (word, groups(self.firsts, kind)) for kind, word in KINDS.items()}

    @cached_property
    def neighbours(self) -> Mapping[str, tuple[Entry | None, Entry | None]]:
        """The newer and the older issue in the same language, by the path of each."""
        found: dict[str, tuple[Entry | None, Entry | None]] = {}
        by_locale: dict[str, list[Entry]] = {}
        for entry in self.entries:
            by_locale.setdefault(entry.issue.locale, []).append(entry)
        for same in by_locale.values():
            around = [None, *same, None]
            for at, entry in enumerate(same, start=1):
                found[entry.path] = around[at - 1], around[at + 1]
        return found

    # --- pages ------------------------------------------------------------------------

    def _lists(self) -> None:
        name = self.newsletter.name
        self._page("archive/", "list.html.j2", None, title=name, entries=self.firsts, kind="")
        for kind in KINDS:
            for key, (label, entries) in self.kinds[kind][1].items():
                path = f"archive/{kind}/{key}/"
                self._page(path, "list.html.j2", None, title=label, entries=entries, kind=kind)

    def _issue(self, entry: Entry) -> None:
        newer, older = self.neighbours[entry.path]
        self._page(
            entry.path,
            "issue.html.j2",
            entry,
            entry=entry,
            view=entry.view,
            newer=newer,
            older=older,
        )
        for image in entry.pictures.values():
            self.files[f"{entry.path}{image.filename}"] = image.data

    def _page(self, path: str, template: str, of: Entry | None, /, **values: object) -> None:
        root = "../" * path.count("/")
        locale = of.issue.locale if of else self.newsletter.locale
        html = self.jinja.get_template(template).render(
            newsletter=self.newsletter,
            members=self.members,
            root=root,
            path=path,
            lang=locale,
            dir=direction_of(locale),
            t=words_of(locale, self.newsletter),
            kinds=self.kinds,
            **values,
        )
        # Whether a server adds index.html is its own business: links name the folder.
        self.files[f"{path}index.html"] = (of.local(html, root) if of else html).encode()
        self.pages.append((path, of.date if of else None))

    def _body(self, entry: Entry) -> str:
        html = self.jinja.get_template("body.html.j2").render(view=entry.view, level=2)
        return entry.local(html, f"{self.newsletter.base_url}/")

    # --- beside the pages -------------------------------------------------------------

    def _index(self) -> bytes:
        rows = [
            {
                "path": entry.path,
                "title": entry.issue.title,
                "date": date_text(entry.date, entry.issue.locale),
                "words": _words(self._body(entry), entry),
            }
            for entry in self.entries
        ]
        return (json.dumps(rows, ensure_ascii=False, indent=0) + "\n").encode()

    def _colours(self) -> bytes:
        palette = self.newsletter.palette
        light = f"--ink:{palette.ink};--paper:{palette.paper};--accent:{palette.accent};"
        light += f"--muted:{palette.muted};--rule:{palette.rule}"
        dark = f"--ink:{palette.dark_ink};--paper:{palette.dark_paper};"
        dark += f"--accent:{palette.dark_accent};--muted:{palette.dark_muted};"
        dark += f"--rule:{palette.dark_rule}"
        sheet = f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        return sheet.encode()


def _words(html: str, entry: Entry) -> str:
    """What the search looks in: every word of the text, the title and the categories, once."""
    text = Markup(html).striptags().lower()  # noqa: S704 - of our own making, and tags go
    extra = [entry.issue.title, *entry.issue.categories, *entry.issue.authors]
    return " ".join(sorted({*text.split(), *" ".join(extra).lower().split()}))
