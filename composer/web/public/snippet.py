"""The form to join by, as plain HTML for a page of another site."""

from __future__ import annotations

from composer.web.public.front import Front
from composer.web.public.screens import topics
from composer.web.public.words import locale_named


def snippet(front: Front, locale: str = "") -> str:
    """It needs no script; it leads to our own form, where the reader presses the button.

    Raises:
        NamedError: the pages have no words in `locale`.
    """
    newsletter = front.site.settings.newsletter
    tag = locale_named(newsletter, locale)
    return front.pages.render(
        "snippet",
        tag,
        action=f"{newsletter.base_url}/subscribe",
        topics=topics(front, tag, {}),
    )
