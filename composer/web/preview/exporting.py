"""The preview as files: the same views, to be opened without a server or kept by a CI run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment

from composer.errors import ConfigError, Place
from composer.model.edition import InlineImage
from composer.sending.choice import Editions
from composer.sending.personas import keys_for
from composer.web.preview import screens
from composer.web.preview.chosen import SCHEMES, WIDTHS, Look, Reader
from composer.web.preview.desk import Desk, Seen
from composer.web.preview.exported_past import compared
from composer.web.preview.inbox import inboxes
from composer.web.preview.letters import Letter, dressed, letter_of
from composer.whole_file import write_whole

#: What an export is known by: its files, so that the next one may replace exactly them.
INDEX = "preview.json"
PARTS = ("preview", "inbox", "text", "source", "links")
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
#: A letter's own page without a server that could say so: nothing runs, nothing is fetched.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "style-src 'unsafe-inline'; img-src 'self' file: data:; form-action 'none'; base-uri 'none'\">"
)


@dataclass(frozen=True, slots=True)
class Rendition:
    """A letter as one persona gets it, in one language and variant; `name` is safe in a URL."""

    name: str
    letter: Letter


@dataclass
class Export:
    """The files of one issue's preview; nothing is written before all of them are made."""

    desk: Desk
    issue_id: str
    templates: Environment
    files: dict[str, bytes] = field(default_factory=dict)

    def made(self) -> Mapping[str, bytes]:
        """Every file by its name below the folder, the same bytes for the same site.

        Raises:
            SourceError, ComposerError: the issue cannot be rendered.
        """
        renditions = list(self._renditions())
        for name in ("app.css", "compare.css", "export.css", "icon.svg"):
            static = files("composer.web.preview").joinpath("static", name)
            self.files[f"static/{name}"] = static.read_bytes()
        found = screens.findings(self.desk, self.issue_id)
        values = {
            "newsletter": self.desk.site.settings.newsletter.name,
            "title": renditions[0].letter.issue.title,
            "issue": self.issue_id,
            "renditions": renditions,
            "findings": found,
            "grouped": screens.grouped(found),
            "parts": PARTS,
            "schemes": SCHEMES,
            "widths": WIDTHS,
            "at": "",
            "view": "",
        }
        for rendition in renditions:
            self._letters(rendition)
            for part in PARTS:
                page = values | self._part(rendition.letter) | {"own": rendition, "view": part}
                self._page(f"{rendition.name}.{part}.html", part, page | {"at": rendition.name})
        self._page("checks.html", "checks", values | {"view": "checks"})
        self._page("grid.html", "grid", values | {"view": "grid"})
        self._compare(values)
        first = renditions[0]
        page = values | self._part(first.letter) | {"own": first, "view": "preview"}
        self._page("index.html", "preview", page | {"at": first.name})
        self.files[INDEX] = _index(self.issue_id, self.files)
        return self.files

    def _renditions(self) -> Iterator[Rendition]:
        """Each letter that a persona may get; as nobody in particular where there are none."""
        issue, site = self.desk.issue(self.issue_id), self.desk.site
        editions = Editions.of(issue)
        if not site.settings.personas:
            yield Rendition("reader", letter_of(site, issue, Reader()))
        for persona in site.settings.personas:
            for key in keys_for(editions, site.persona(persona)):
                reader = Reader(persona, "", key.locale, key.variant)
                name = ".".join(filter(None, (persona, key.locale, key.variant)))
                yield Rendition(name, letter_of(site, issue, reader))

    def _letters(self, rendition: Rendition) -> None:
        letter = rendition.letter
        html = letter.html
        for image in letter.edition.images:
            html = html.replace(f"cid:{image.cid}", self._picture(image))
        for scheme in SCHEMES:
            self._letter(f"{rendition.name}.{scheme}", dressed(html, Look(scheme=scheme), ""))

    def _letter(self, name: str, html: str) -> None:
        page = html.replace("<head>", f"<head>{POLICY}", 1)
        self.files[f"letters/{name}.html"] = page.encode()

    def _picture(self, image: InlineImage) -> str:
        """Keeps it; its path from a letter."""
        name = _picture_name(image)
        self.files[f"pictures/{name}"] = image.data
        return f"../pictures/{name}"

    def _compare(self, values: Mapping[str, object]) -> None:
        found = compared(self.desk, self.issue_id, self._picture)
        for one in found.changed:
            self._letter(f"{one.name}.then", one.then)
            self._letter(f"{one.name}.now", one.now)
        values = {**values, "view": "compare", "compared": found}
        self._page("compare.html", "compare", values)

    def _part(self, letter: Letter) -> dict[str, object]:
        newsletter = self.desk.site.settings.newsletter
        return {
            "letter": letter,
            "sizes": screens.sizes(letter),
            "inbox": inboxes(letter, newsletter.sender.name or newsletter.name),
            "links": screens.links(self.desk, Seen(letter)),
            "sources": {name: screens.part(letter, name) for name in ("html", "mjml", "headers")},
        }

    def _page(self, name: str, template: str, values: Mapping[str, object]) -> None:
        page = self.templates.get_template(f"export/{template}.html.j2").render(values)
        self.files[name] = page.encode()


def _picture_name(image: InlineImage) -> str:
    digest = hashlib.sha256(image.data).hexdigest()[:16]
    return f"{digest}.{ENDINGS.get(image.media_type, 'bin')}"


def _index(issue_id: str, made: Mapping[str, bytes]) -> bytes:
    about = {"newsletter-preview": 1, "issue": issue_id, "files": sorted(made)}
    return (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode()


def write(made: Mapping[str, bytes], folder: Path) -> None:
    """Make `folder` hold exactly `made`.

    Raises:
        ConfigError: there is something in it that no earlier export put there.
    """
    old = earlier(folder)
    for name in old - made.keys():
        (folder / name).unlink(missing_ok=True)
    for name, data in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)


def earlier(folder: Path) -> set[str]:
    """The files of an earlier export; none in an empty folder or where there is none.

    Raises:
        ConfigError: there is something in it that no earlier export put there.
    """
    if not folder.exists():
        return set()
    hint = "an empty folder, or that of an earlier export"
    if not folder.is_dir():
        raise ConfigError("this is not a folder", place=Place(folder), hint=hint)
    there = {path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}
    if not there:
        return set()
    try:
        told = json.loads((folder / INDEX).read_text("utf-8"))
        known = {str(name) for name in told["files"]} | {INDEX}
        ours = told["newsletter-preview"] == 1
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        known, ours = set(), False
    strange = sorted(p.relative_to(folder).as_posix() for p in there)
    strange = [name for name in strange if name not in known or (folder / name).is_symlink()]
    if not ours or strange:
        what = f"{strange[0]} is in it" if strange else "it is not empty"
        raise ConfigError(f"this is no earlier export: {what}", place=Place(folder), hint=hint)
    return {path.relative_to(folder).as_posix() for path in there}
