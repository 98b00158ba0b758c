"""The registry: every rule, in the order in which its findings are told."""

from __future__ import annotations

from typing import Any

from composer.checks import (
    accessible,
    cite,
    client_rules,
    content,
    dark,
    footer,
    html_rules,
    i18n,
    made_mjml,
    merge,
    readable,
    site_rules,
    style,
    template_rules,
)
from composer.checks.examined import Examined, Rule, SiteSeen, TemplateFile

#: Rules over an issue and its editions.
ISSUE_RULES: tuple[Rule[Examined], ...] = (
    *merge.RULES,
    *footer.RULES,
    *content.RULES,
    *cite.RULES,
    *style.RULES,
    *i18n.RULES,
    *made_mjml.RULES,
    *html_rules.RULES,
    *accessible.RULES,
    *readable.RULES,
    *dark.RULES,
    *client_rules.ISSUE_RULES,
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
