"""Is newsletter.toml what a good letter needs?"""

from __future__ import annotations

from collections.abc import Iterator

from composer.checks.examined import Remark, Rule, SiteSeen
from composer.model.finding import Severity
from composer.reading.suggest import near

#: Their DMARC policies, or their rules, refuse mail that others send in their name.
MAILBOX_DOMAINS = frozenset({
    "gmail.com", "googlemail.com", "yahoo.com", "ymail.com", "aol.com", "outlook.com",
    "hotmail.com", "live.com", "msn.com", "icloud.com", "me.com", "mac.com", "gmx.de",
    "gmx.net", "web.de", "mail.ru", "proton.me", "protonmail.com",
})  # fmt: skip


def unknown_template(seen: SiteSeen) -> Iterator[Remark]:
    """The site names a template that is not there: no issue can be rendered."""
    name = seen.settings.newsletter.template
    if seen.template_names and name not in seen.template_names:
        yield Remark(
            f"there is no template {name!r}",
            near(name, seen.template_names),
            seen.place("newsletter", "template"),
        )


def freemail_sender(seen: SiteSeen) -> Iterator[Remark]:
    """Gmail, Yahoo and others refuse mail in their name that did not come from them."""
    domain = seen.settings.newsletter.sender.address.domain
    if domain in MAILBOX_DOMAINS:
        yield Remark(
            f"mail from {domain} that {domain} did not send is refused (DMARC)",
            "send from a domain of your own",
            seen.place("newsletter", "from"),
        )


RULES = (
    Rule(
        "site/template", Severity.ERROR, "a template that is not there", unknown_template, firm=True
    ),
    Rule("site/sender", Severity.ERROR, "a sender in somebody else's name", freemail_sender),
)
