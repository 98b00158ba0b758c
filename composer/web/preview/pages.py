"""Pages from templates; the templates are ours, and everything put into them is escaped."""

from __future__ import annotations

import calendar
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from composer.errors import ComposerError
from composer.reports.troubles import whom
from composer.web.preview import screens
from composer.web.preview.chosen import SCHEMES, VIEWS, WIDTHS, ZOOMS, Chosen
from composer.web.preview.desk import findings_of
from composer.web.preview.letters import shown

if TYPE_CHECKING:
    from composer.web.preview.app import Preview

OPTIONS = {
    "views": VIEWS,
    "widths": WIDTHS,
    "schemes": SCHEMES,
    "zooms": ZOOMS,
    "part_of": {view: view for view in VIEWS},
}
#: The element of the page and the template that fills it; those that a change can change.
PARTS = {
    "head": "head",
    "outline": "outline",
    "reader": "reader",
    "tools": "tools",
    "errors": "errors",
    "foot": "facts",
}


def environment() -> Environment:
    """Our templates; whatever is put into them is escaped."""
    made = Environment(
        loader=PackageLoader("composer.web.preview", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["moment"] = moment
    made.filters["whom"] = whom
    return made


def moment(written: str) -> str:
    """`2026-11-26T12:33:42Z` as people write it; anything else as it is."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return written
    return f"{at.day} {calendar.month_abbr[at.month]} {at:%Y, %H:%M} UTC"


class Pages:
    """Each method answers with one whole page, or with the parts of one."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview

    @cached_property
    def _templates(self) -> Environment:
        return environment()

    def _page(self, template: str, /, **values: object) -> str:
        desk = self.preview.desk
        try:
            common: dict[str, object] = screens.frame(desk)
        except ComposerError as error:
            common = {"newsletter": desk.folder.name, "cards": []}
            values["findings"] = screens.told(findings_of(error, desk.folder), desk)
        common |= {"allow_send": self.preview.allow_send, "here": "", "version": desk.version}
        common["near"] = values.get("name", "")
        return self._templates.get_template(template).render(common | values)

    def _part(self, name: str, values: dict[str, object]) -> str:
        return self._templates.get_template(f"parts/{name}.html.j2").render(values)

    def show(self, template: str, /, **values: object) -> str:
        """A page of a group of screens that has values of its own."""
        return self._page(template, **({"findings": ()} | values))

    def home(self, gone: str = "") -> str:
        """The list of issues; what is wrong with the site when there is none to list."""
        found = screens.told(self.preview.desk.trouble, self.preview.desk)
        return self._page("issues.html.j2", findings=found, gone=gone)

    def issue(self, name: str, chosen: Chosen) -> str:
        """An issue in one of its views."""
        values = screens.issue(self.preview.desk, name, chosen)
        return self._page("issue.html.j2", here=name, chosen=chosen, **OPTIONS, **values)

    def parts(self, name: str, chosen: Chosen) -> dict[str, object]:
        """What the open page exchanges: its state, the HTML of its parts, and the letter."""
        values = {**OPTIONS, "chosen": chosen, **screens.issue(self.preview.desk, name, chosen)}
        parts = {place: self._part(part, values) for place, part in PARTS.items()}
        answer: dict[str, object] = {
            "state": values["state"],
            "said": chosen.query(),
            "parts": parts,
        }
        parts["view"] = self._part(chosen.view, values)
        if chosen.view != "preview":
            return answer
        parts["inboxrow"] = self._part("inboxrow", values)
        seen = self.preview.desk.see(name, chosen.reader)
        if seen.letter is not None:
            answer["letter"] = shown(seen.letter, chosen.look, f"/issues/{quote(name)}/picture/")
        return answer

    def findings(self, name: str) -> dict[str, object]:
        """The panel of findings, and how many there are."""
        version = self.preview.desk.version
        found = screens.findings(self.preview.desk, name)
        errors = sum(1 for one in found if one["error"])
        html = self._templates.get_template("findings.html.j2").module.list(found)  # type: ignore[attr-defined]  # a macro
        return {
            "version": version,
            "errors": errors,
            "warnings": len(found) - errors,
            "html": str(html),
        }

    def missing(self) -> str:
        return self._page("missing.html.j2", findings=())

    def trouble(self, error: ComposerError) -> str:
        """What stands in the way of everything: a broken newsletter.toml, a broken database."""
        desk = self.preview.desk
        return self._page(
            "trouble.html.j2", findings=screens.told(findings_of(error, desk.folder), desk)
        )
