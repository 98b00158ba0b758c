"""An issue becomes an edition: chosen, laid out, compiled, inlined, verified and cut into slots."""

from __future__ import annotations

from dataclasses import dataclass, field

from composer.errors import Place, TemplateError
from composer.model.edition import Context, Edition, EditionKey, Parts
from composer.model.issue import Issue
from composer.model.settings import NewsletterSettings
from composer.rendering.attributes import safe_attributes
from composer.rendering.choose import choose, preheader, subject
from composer.rendering.inlining import inline
from composer.rendering.mjml import compile_mjml
from composer.rendering.pictures import Pictures
from composer.rendering.scope import Scope
from composer.rendering.sentinels import Sentinels
from composer.rendering.templates import Templates
from composer.rendering.text import form_of, text_of
from composer.rendering.verify import cut_html, refuse_loss
from composer.rendering.view import View
from composer.rendering.viewing import view_for, view_of

__all__ = ["Compiler", "compile_edition"]


def compile_edition(
    issue: Issue, newsletter: NewsletterSettings, templates: Templates, key: EditionKey
) -> Edition:
    """The edition of `issue` for the readers of `key`; the same bytes for the same input.

    Raises:
        TemplateError: the template cannot be used, with the place.
        SourceError: the issue says what no reading would have let through.
        ComposerError: the issue has no such A/B variant.
    """
    return Compiler(issue, newsletter, templates).edition(key)


@dataclass(slots=True)
class _Composed:
    """What the readers of some locale and segments get, whatever their variant.

    `html` has what was made of each MJML: variants whose letters say the same share it.
    """

    scope: Scope
    pictures: Pictures
    text: Parts
    html: dict[str, Parts] = field(default_factory=dict)
    view: View | None = None
    mjml: str = ""  #: of `view`


class Compiler:
    """Compiles editions of one issue; the work that two of them share is done once."""

    def __init__(self, issue: Issue, newsletter: NewsletterSettings, templates: Templates) -> None:
        self._issue = issue
        self._newsletter = newsletter
        self._templates = templates
        self._entry = templates.entry(issue.template or newsletter.template)
        self._place = Place(templates.path(self._entry) or templates.folders[-1])
        self._form = form_of(templates.read(self._entry) or "", self._place)
        self._composed: dict[EditionKey, _Composed] = {}

    def edition(self, key: EditionKey) -> Edition:
        """The edition for the readers of `key`; see `compile_edition`."""
        composed = self._compose(EditionKey(key.locale, "", key.segments))
        scope = composed.scope
        subject_line = scope.parts(subject(scope.issue, key), Context.HEADER)
        mjml = self._mjml(composed, key)
        if mjml not in composed.html:
            composed.html[mjml] = self._html(mjml, scope.sentinels)
        return Edition(
            issue_id=scope.issue.id,
            key=key,
            subject=subject_line,
            html=composed.html[mjml],
            text=composed.text,
            preheader=scope.parts(preheader(scope.issue, key), Context.TEXT),
            images=composed.pictures.parts,
            mjml=scope.sentinels.shown(mjml),
        )

    def _mjml(self, composed: _Composed, key: EditionKey) -> str:
        """What the template makes for `key`, made once where it is the same for all variants."""
        before, scope = composed.view, composed.scope
        # Variants differ in what stands above the letter; its blocks are the same.
        view = view_for(before, scope, key) if before else view_of(scope, key, composed.pictures)
        if before is None or self._templates.tells_apart(before, view):
            composed.mjml = safe_attributes(self._templates.render(self._entry, view))
            composed.view = view
        return composed.mjml

    def _compose(self, key: EditionKey) -> _Composed:
        if key not in self._composed:
            chosen = choose(self._issue, key)
            sentinels = Sentinels(f"{chosen!r}{self._newsletter!r}{key}")
            scope = Scope(chosen, self._newsletter, sentinels)
            text = sentinels.cut(text_of(scope, self._form))
            self._composed[key] = _Composed(scope, Pictures(chosen, self._newsletter), text)
        return self._composed[key]

    def _html(self, mjml: str, sentinels: Sentinels) -> Parts:
        place = self._place
        compiled = compile_mjml(mjml, self._templates.read, place)
        if sentinels.count(compiled) < sentinels.count(mjml):
            raise TemplateError(
                "MJML swallowed a personal place",
                place=place,
                hint="a value may stand in a text or in alt, and a link's target in href",
            )
        html = inline(compiled, place)
        refuse_loss(compiled, html, sentinels, place)
        return cut_html(html, sentinels, place)
