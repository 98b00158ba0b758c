"""A TXT record as a zone file takes it."""

from __future__ import annotations

TEXT_BYTES = 255  # of one string in a TXT record (RFC 1035 section 3.3)


def zone_line(name: str, text: str) -> str:
    """`name. IN TXT "text"`; a text too long for one string as several, which are joined again."""
    starts = range(0, max(len(text), 1), TEXT_BYTES)
    strings = [f'"{text[n : n + TEXT_BYTES]}"' for n in starts]
    value = strings[0] if len(strings) == 1 else f"( {' '.join(strings)} )"
    return f"{name}. IN TXT {value}"
