"""Where issues name something on the network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag

from composer.checks.walk import blocks_of, targets_of
from composer.links.page import is_anchor
from composer.model.edition import Context
from composer.model.issue import Expression, Fragment, Image, Issue, Position
from composer.model.settings import NewsletterSettings
from composer.rendering.encoders import encode
from composer.rendering.scope import Scope
from composer.rendering.sentinels import Sentinels


@dataclass(frozen=True, slots=True)
class Mention:
    """One place of an issue; `url` is without its fragment, `""` when nobody can tell it.

    `fragment` is `""` unless it names an element of the page.
    """

    path: Path
    at: Position
    url: str
    fragment: str
    image: bool = False


def mentions_of(issue: Issue, newsletter: NewsletterSettings) -> Iterator[Mention]:
    """Every link and remote image, but mail, telephone and the issue's own sections."""
    for target, _, at in targets_of(issue):
        url = _url(target, issue, newsletter)
        if url is None:
            yield Mention(issue.path, at, "", "")
        elif url.lower().startswith(("http:", "https:")):
            url, fragment = urldefrag(url)
            yield Mention(issue.path, at, url, fragment if is_anchor(fragment) else "")
    for block in blocks_of(issue):
        if isinstance(block, Image) and block.file is None:
            yield Mention(issue.path, block.at, urldefrag(block.source)[0], "", image=True)


def is_own(url: str, newsletter: NewsletterSettings) -> bool:
    """Whether `url` is a page of the newsletter itself, which may not be published yet."""
    base = newsletter.base_url.lower()
    return (url.lower() + "/").startswith(base.rstrip("/") + "/")


def _url(target: Fragment, issue: Issue, newsletter: NewsletterSettings) -> str | None:
    """The link as a reader without values gets it; None where a value has no default."""
    scope = Scope(issue, newsletter, Sentinels(""))
    pieces = []
    for index, part in enumerate(target):
        value = part if isinstance(part, str) else _value(part, scope)
        if value is None:
            return None
        whole = isinstance(part, str) or index == 0
        pieces.append(value if whole else encode(value, Context.TEXT_URL_PART))
    return "".join(pieces)


def _value(expression: Expression, scope: Scope) -> str | None:
    return expression.default if expression.is_personal else scope.value(expression)
