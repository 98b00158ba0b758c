"""An issue becomes an edition: chosen, laid out, compiled, inlined, verified and cut into slots."""

from __future__ import annotations

from composer.errors import Place, TemplateError
from composer.model.edition import Context, Edition, EditionKey
from composer.model.issue import Issue
from composer.model.settings import NewsletterSettings
from composer.rendering.attributes import safe_attributes
from composer.rendering.choose import choose, subject, variants
from composer.rendering.inlining import inline
from composer.rendering.mjml import compile_mjml
from composer.rendering.pictures import Pictures
from composer.rendering.scope import Scope
from composer.rendering.sentinels import Sentinels
from composer.rendering.templates import Templates
from composer.rendering.text import text_of
from composer.rendering.verify import cut_html, refuse_loss
from composer.rendering.viewing import view_of

__all__ = ["compile_edition", "variants"]


def compile_edition(
    issue: Issue, newsletter: NewsletterSettings, templates: Templates, key: EditionKey
) -> Edition:
    """The edition of `issue` for the readers of `key`; the same bytes for the same input.

    Raises:
        TemplateError: the template cannot be used, with the place.
        SourceError: the issue says what no reading would have let through.
        ComposerError: the issue has no such A/B variant.
    """
    chosen = choose(issue, key)
    sentinels = Sentinels(f"{chosen!r}{newsletter!r}{key}")
    scope = Scope(chosen, newsletter, sentinels)
    pictures = Pictures(chosen, newsletter)
    entry = templates.entry(issue.template or newsletter.template)
    place = Place(templates.path(entry) or templates.folders[-1])
    view = view_of(scope, key, pictures)
    mjml = safe_attributes(templates.render(entry, view))
    compiled = compile_mjml(mjml, templates.read, place)
    if sentinels.count(compiled) < sentinels.count(mjml):
        raise TemplateError(
            "MJML swallowed a personal place",
            place=place,
            hint="a value may stand in a text or in alt, and a link's target in href",
        )
    html = inline(compiled, place)
    refuse_loss(compiled, html, sentinels, place)
    return Edition(
        issue_id=issue.id,
        key=key,
        subject=scope.parts(subject(issue, key), Context.HEADER),
        html=cut_html(html, sentinels, place),
        text=sentinels.cut(text_of(scope)),
        preheader=scope.parts(issue.preheader, Context.TEXT),
        images=pictures.parts,
        mjml=sentinels.shown(mjml),
    )
