"""Pages from templates; the templates are ours, and everything put into them is escaped."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from composer.errors import ComposerError
from composer.web.preview import screens
from composer.web.preview.chosen import SCHEMES, VIEWS, WIDTHS, Chosen
from composer.web.preview.desk import findings_of

if TYPE_CHECKING:
    from composer.web.preview.app import Preview


class Pages:
    """Each method answers with one whole page."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview

    @cached_property
    def _templates(self) -> Environment:
        loader = PackageLoader("composer.web.preview", "pages")
        return Environment(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def _page(self, template: str, /, **values: object) -> str:
        desk = self.preview.desk
        try:
            common: dict[str, object] = screens.frame(desk)
        except ComposerError as error:
            common = {"newsletter": desk.folder.name, "cards": []}
            values.setdefault("findings", screens.told(findings_of(error, desk.folder), desk))
        common |= {"allow_send": self.preview.allow_send, "here": "", "version": desk.version}
        return self._templates.get_template(template).render(common | values)

    def home(self) -> str:
        """The list of issues; what is wrong with the site when there is none to list."""
        return self._page("issues.html.j2", findings=())

    def issue(self, name: str, chosen: Chosen) -> str:
        """An issue in one of its views."""
        values = screens.issue(self.preview.desk, name, chosen)
        options = {"views": VIEWS, "widths": WIDTHS, "schemes": SCHEMES}
        return self._page("issue.html.j2", here=name, chosen=chosen, **options, **values)

    def missing(self) -> str:
        return self._page("missing.html.j2", findings=())

    def trouble(self, error: ComposerError) -> str:
        """What stands in the way of everything: a broken newsletter.toml, a broken database."""
        desk = self.preview.desk
        return self._page(
            "trouble.html.j2", findings=screens.told(findings_of(error, desk.folder), desk)
        )
