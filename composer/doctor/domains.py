"""Which domains belong together: the organisational domain (RFC 7489 section 3.2), offline."""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList


def organisation_of(domain: str) -> str:
    """`news.example.co.uk` → `example.co.uk`; a public suffix is its own."""
    return str(_suffixes().privatesuffix(domain.lower()) or domain.lower())


def are_aligned(one: str, other: str, *, strict: bool = False) -> bool:
    """Whether DMARC takes the one domain for the other."""
    if strict:
        return one.lower() == other.lower()
    return organisation_of(one) == organisation_of(other)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
