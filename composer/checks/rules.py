"""The registry: every rule, in the order in which its findings are told."""

from __future__ import annotations

from typing import Any

from composer.checks import (
    accessible,
    cite,
    client_rules,
    content,
    css_rules,
    dark,
    footer,
    html_rules,
    i18n,
    images,
    inbox,
    leftovers,
    links,
    made_mjml,
    merge,
    message_rules,
    near_citations,
    outlook_rules,
    readable,
    readers,
    site_rules,
    size_rules,
    structure,
    style,
    template_rules,
    text_rules,
)
from composer.checks.examined import Examined, Rule, SiteSeen, TemplateFile

#: Rules over an issue and its editions.
ISSUE_RULES: tuple[Rule[Examined], ...] = (
    *merge.RULES,
    *footer.RULES,
    *content.RULES,
    *cite.RULES,
    *near_citations.RULES,
    *style.RULES,
    *i18n.RULES,
    *made_mjml.RULES,
    *html_rules.RULES,
    *accessible.RULES,
    *readable.RULES,
    *dark.RULES,
    *client_rules.ISSUE_RULES,
    *structure.RULES,
    *leftovers.RULES,
    *inbox.RULES,
    *links.RULES,
    *images.RULES,
    *readers.RULES,
    *css_rules.RULES,
    *outlook_rules.RULES,
    *text_rules.RULES,
    *size_rules.RULES,
    *message_rules.RULES,
)

#: Rules over a template as it is written.
TEMPLATE_RULES: tuple[Rule[TemplateFile], ...] = (*template_rules.RULES,)

#: Rules over newsletter.toml and what the site is made of.
SITE_RULES: tuple[Rule[SiteSeen], ...] = (
    *site_rules.RULES,
    *readable.SITE_RULES,
    *client_rules.SITE_RULES,
)

#: Every rule; what reading finds before any rule can look is in `catalogue.READING`.
RULES: tuple[Rule[Any], ...] = (*ISSUE_RULES, *TEMPLATE_RULES, *SITE_RULES)
