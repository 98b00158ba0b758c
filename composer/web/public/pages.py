"""The pages: our templates, or the site's own of the same name, in the sandbox of the letters."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from jinja2.exceptions import TemplateError as JinjaError

from composer.errors import ComposerError, Place, TemplateError
from composer.model.settings import NewsletterSettings, Palette, PublicSettings
from composer.rendering.loading import Loader, Read
from composer.rendering.sandbox import BUDGET, Budget, OverBudget, Sandbox, join_capped
from composer.rendering.strings import direction_of, language_name
from composer.rendering.templates import Templates
from composer.web.public.front import LOG
from composer.web.public.words import page_words

#: Where a site puts its own pages, below its folder.
FOLDER = "pages"
BUILT_IN = Path(__file__).parent / "pages"
MOST_CHARS = 1_000_000


@dataclass
class Pages:
    """The pages of one site."""

    folder: Path
    newsletter: NewsletterSettings
    public: PublicSettings
    languages: tuple[str, ...] = ()  #: those that the newsletter is written in
    has_archive: bool = False
    _broken: set[str] = field(default_factory=set)

    @cached_property
    def root(self) -> str:
        """The path of `base_url`: `/news`, or empty."""
        return urlsplit(self.newsletter.base_url).path.rstrip("/")

    @cached_property
    def css(self) -> bytes:
        """The style sheet: the colours of the site before the rules."""
        source = self._read("site.css") or ""
        return (colours(self.newsletter.palette) + source).encode()

    @cached_property
    def css_path(self) -> str:
        return f"{self.root}/assets/pages.css?v={hashlib.sha256(self.css).hexdigest()[:12]}"

    def render(self, name: str, locale: str, **values: object) -> str:
        """The page `name` in the language of `locale`; `values` are texts, numbers, lists, dicts.

        A page of the site's own that cannot be rendered is told in the log, and ours stands in.
        """
        known = {**self._common(locale), **values}
        try:
            return self._rendered(self._site, name, known)
        except TemplateError as error:
            if name not in self._broken:
                self._broken.add(name)
                LOG.error("%s", error)
            return self._rendered(self._ours, name, known)

    def words(self, locale: str) -> Mapping[str, str]:
        return page_words(locale, self.newsletter)

    def _common(self, locale: str) -> dict[str, object]:
        newsletter, public = self.newsletter, self.public
        logo = f"{self.root}/assets/logo"
        named = len(self.languages) > 1
        return {
            "t": dict(self.words(locale)),
            "lang": locale,
            "dir": direction_of(locale),
            "root": self.root,
            "css": self.css_path,
            "newsletter": {
                "name": newsletter.name,
                "publisher": newsletter.publisher or newsletter.name,
                "postal_address": newsletter.postal_address,
            },
            "logo": {"light": logo, "dark": f"{logo}-dark" if public.logo_dark else ""}
            if public.logo
            else None,
            "languages": [
                {"tag": tag, "name": language_name(tag)} for tag in self.languages if tag != locale
            ]
            if named
            else [],
            "has_archive": self.has_archive,
            "title": "",
            "notice": "",
            "problem": "",
            "write_us": "",
        }

    def _rendered(self, environment: Sandbox, name: str, values: Mapping[str, object]) -> str:
        token = BUDGET.set(Budget())
        try:
            template = environment.get_template(f"{name}.html.j2")
            return join_capped(template.generate(values), MOST_CHARS)
        except ComposerError:
            raise
        except (JinjaError, OverBudget, ArithmeticError, TypeError, ValueError) as error:
            path = self._templates.path(f"{name}.html.j2") or Path(name)
            raise TemplateError(str(error), place=Place(path)) from error
        finally:
            BUDGET.reset(token)

    def _read(self, name: str) -> str | None:
        return self._templates.read(name)

    @cached_property
    def _templates(self) -> Templates:
        return Templates((self.folder / FOLDER, BUILT_IN))

    @cached_property
    def _site(self) -> Sandbox:
        return Sandbox(Loader(_reader(self._templates)))

    @cached_property
    def _ours(self) -> Sandbox:
        return Sandbox(Loader(_reader(Templates((BUILT_IN,)))))


def _reader(templates: Templates) -> Read:
    def read(name: str) -> tuple[str, str] | None:
        source = templates.read(name)
        return None if source is None else (source, str(templates.path(name)))

    return read


def colours(palette: Palette) -> str:
    """The palette as custom properties, light and dark."""
    light = "".join(f"--{n}:{getattr(palette, n)};" for n in _NAMES)
    dark = "".join(f"--{n}:{getattr(palette, f'dark_{n}')};" for n in _NAMES)
    return f":root{{{light}}}\n@media(prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


_NAMES = ("ink", "paper", "accent", "muted", "rule")
