"""One mailbox, safe to put in a header or an envelope."""

from __future__ import annotations

from dataclasses import dataclass

from composer.errors import AudienceError

MAX_ADDRESS_CHARS = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """`local@domain` in ASCII: the domain in lower case and punycode, the local part as written.

    `Address` only guards against what could escape a header or an envelope. Whether an
    address is deliverable is for `composer.audience` to say, which uses email-validator.
    """

    local: str
    domain: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read `text` as a bare address.

        Raises:
            AudienceError: there is no `@`, a side is empty, it is too long, or a character
                is not printable ASCII or would let the text escape its header.
        """
        local, at, domain = text.strip().rpartition("@")
        if not (local and at and domain):
            raise AudienceError(
                f"{text!r} is not an email address", hint="write it as name@example.org"
            )
        if len(local) + len(domain) + 1 > MAX_ADDRESS_CHARS or len(local) > 64:
            raise AudienceError(f"the address {text[:40]!r}… is longer than mail allows")
        if any(not "!" <= c <= "~" or c in '<>,;:"\\()[]@' for c in local + domain):
            raise AudienceError(f"{text!r} has a character that no address may hold")
        if "=?" in text:
            # RFC 2047 has no place in an address, and some receivers would decode it there.
            raise AudienceError(f"{text!r} looks like an encoded word, not like an address")
        return cls(local, domain.lower())

    @property
    def key(self) -> str:
        """The same for every spelling of one mailbox: what identity and suppression go by.

        RFC 5321 lets a host tell upper from lower case in the local part; no host that
        matters does, and a reader who unsubscribes as `Ana@` must not be mailed as `ana@`.
        """
        return f"{self.local.lower()}@{self.domain}"

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"
