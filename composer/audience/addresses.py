"""Is this text an address that mail can go to?"""

from __future__ import annotations

import re
from functools import lru_cache

from composer.errors import AudienceError
from composer.model.address import Address

#: Longer texts are refused unread: email-validator takes a second for a million characters.
MAX_TEXT_CHARS = 320

#: An everyday address; everything else goes the long way. `..` and edge dots are not in it.
_PLAIN = re.compile(r"([A-Za-z0-9_+'-]+(?:\.[A-Za-z0-9_+'-]+)*)@([A-Za-z0-9.-]+)\Z")


def plain_address(text: str) -> tuple[str, str] | None:
    """Local part and domain of an everyday address; None sends it the long way."""
    match = _PLAIN.match(text)
    if match is None:
        return None
    local, domain = match.groups()
    return (local, domain.lower()) if len(local) <= 64 and _is_domain(domain) else None


def read_address(text: str) -> Address:
    """Read one address strictly; an international domain becomes its ASCII form.

    Raises:
        AudienceError: it is not an address, or one that needs SMTPUTF8, which many servers
            on the way do not speak.
    """
    text = text.strip()
    if len(text) > MAX_TEXT_CHARS:
        raise AudienceError("the address is longer than mail allows")
    parts = plain_address(text)
    return Address(*parts) if parts else _read_strictly(text)


@lru_cache(maxsize=65_536)
def _is_domain(domain: str) -> bool:
    """Whether email-validator takes `domain`; a list has few domains and many addresses."""
    try:
        _read_strictly(f"x@{domain}")
    except AudienceError:
        return False
    return True


def _read_strictly(text: str) -> Address:
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - 40 ms

    try:
        # Documentation domains are what samples and tests are made of; mail to them fails
        # at the server, as mail to any other domain without one does.
        found = validate_email(text, check_deliverability=False, strict=True, test_environment=True)
    except EmailNotValidError as error:
        reason = str(error).rstrip(".")
        raise AudienceError(
            f"{text!r} is not an email address: {reason}", hint="write it as name@example.org"
        ) from None
    if found.ascii_email is None:
        raise AudienceError(
            f"{text!r} has letters before the @ that many mail servers refuse (SMTPUTF8)",
            hint="ask for an address in plain ASCII",
        )
    return Address.parse(found.ascii_email)
