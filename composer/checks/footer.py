"""Can a reader leave, and see who writes to them?"""

from __future__ import annotations

from collections.abc import Iterator

from composer.checks.examined import Examined, Remark, Rule
from composer.model.edition import slots_of
from composer.model.finding import Severity


def unsubscribe_missing(examined: Examined) -> Iterator[Remark]:
    """Both variants must hold the reader's own unsubscribe link (RFC 8058 is the header's part)."""
    for edition in examined.editions:
        for name, parts in (("HTML", edition.html), ("text", edition.text)):
            if not any(slot.name == "unsubscribe_url" for slot in slots_of(parts)):
                yield Remark(
                    f"the {name} variant of {edition.key} has no unsubscribe link",
                    "put {{ unsubscribe_url }} into the template's footer",
                )


def postal_address_missing(examined: Examined) -> Iterator[Remark]:
    """CAN-SPAM and CASL ask for the sender's postal address in every message."""
    newsletter = examined.settings.newsletter
    if not newsletter.postal_address.strip():
        yield Remark(
            "the newsletter has no postal address",
            'set postal_address = "…" in the table [newsletter] of newsletter.toml',
            path=examined.site_file,
            severity=Severity.ERROR if examined.live else Severity.WARNING,
        )
        return
    words = newsletter.postal_address.split()
    for edition in examined.editions:
        text = " ".join("".join(p for p in edition.text if isinstance(p, str)).split())
        if " ".join(words) not in text:
            yield Remark(
                f"the text variant of {edition.key} does not show the postal address",
                "put {{ newsletter.postal_address }} into the template's footer",
            )


RULES = (
    Rule("footer/unsubscribe", Severity.ERROR, "no way to leave", unsubscribe_missing, firm=True),
    Rule(
        "footer/postal-address",
        Severity.ERROR,
        "no postal address",
        postal_address_missing,
        firm=True,
    ),
)
