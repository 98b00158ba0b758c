"""What a value of `newsletter.toml` may be: parsers that return it checked, or say why not."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, time

from composer.errors import AudienceError, ConfigError
from composer.model.address import Address
from composer.model.settings import Mailbox
from composer.reading.suggest import near
from composer.reading.zones import read_zone

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
#: A part of a host name.
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{LABEL}(?:\.{LABEL})+")
_LIST_ID = re.compile(rf"{_ATOM}(?:\.{_ATOM})+")
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

MAX_LIST_ID_CHARS = 255  # RFC 2919 section 3


class Wrong(Exception):
    """A value that cannot stand, and what to write instead."""

    code = "value"

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


class SecretInFile(Wrong):
    """A secret that stands where everybody reads it."""

    code = "secret-in-file"


class Spoken(str):
    """A value that an environment variable gave: text, whatever its type shall be."""

    __slots__ = ()


def shown(value: object) -> str:
    """A value as an error may repeat it."""
    if isinstance(value, date | time):
        text = value.isoformat()
    else:
        text = repr(str(value) if isinstance(value, Spoken) else value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def line(value: object) -> str:
    """One line of text that is not empty, in NFC, without characters that hide or turn text.

    Several lines, as a postal address may have, become one with commas.
    """
    if not isinstance(value, str):
        raise Wrong(f"{shown(value)} is not text", 'write it in quotes: "…"')
    rows = (row.strip().rstrip(",") for row in value.strip().splitlines())
    text = unicodedata.normalize("NFC", ", ".join(filter(None, rows)))
    if not text:
        raise Wrong("it is empty", "write something, or leave the key out")
    for c in text:
        if unicodedata.category(c) in ("Cc", "Cs") or _BIDI.match(c):
            raise Wrong(f"it holds the invisible character U+{ord(c):04X}", "type it anew")
    return text


def header_line(value: object) -> str:
    """A line that goes into a header, where `=?` would start an encoded word (RFC 2047)."""
    text = line(value)
    if "=?" in text:
        raise Wrong("it holds '=?', which mail would decode", "write the letters themselves")
    return text


def address(value: object) -> Address:
    """A bare address; an international domain becomes punycode."""
    text = header_line(value)
    if not _PLAIN_ADDRESS.fullmatch(text):
        # Its import takes 50 ms and few sites need it.
        from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

        try:
            result = validate_email(text[:320], check_deliverability=False)
        except EmailNotValidError as error:
            raise Wrong(f"{shown(text)} is no address: {error}", "name@example.org") from error
        if result.ascii_email is None:
            raise Wrong(
                f"{shown(text)} has letters before the @ that most mail servers refuse",
                "use an address of plain ASCII before the @",
            )
        text = result.ascii_email
    try:
        return Address.parse(text)
    except AudienceError as error:
        raise Wrong(error.problem, error.hint) from error


def mailbox(value: object) -> Mailbox:
    """`Name <address>`, `"Name" <address>` or a bare address."""
    text = header_line(value)
    if not text.endswith(">"):
        return Mailbox("", address(text))
    name, bracket, inner = text[:-1].rpartition("<")
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1]).strip()
    if not bracket or any(c in name for c in '<>@"'):
        raise Wrong(f"{shown(text)} is not one mailbox", "write it as Name <name@example.org>")
    return Mailbox(name, address(inner))


def list_id(value: object) -> str:
    """`label.domain` as RFC 2919 wants it, without angle brackets."""
    text = header_line(value)
    if not _LIST_ID.fullmatch(text) or len(text) > MAX_LIST_ID_CHARS:
        raise Wrong(f"{shown(text)} is not a list id", "letters, dots and dashes: name.example.org")
    return text


def default_list_id(name: str, domain: str) -> str:
    """The list id of a site that gives none: its name and the domain that it sends from."""
    return f"{slug(name)[: MAX_LIST_ID_CHARS - 1 - len(domain)].strip('-') or 'list'}.{domain}"


def slug(text: str) -> str:
    """Lower-case ASCII letters and digits with single dashes; `""` when none is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")


def locale(value: object) -> str:
    """Language, script and region of BCP 47, in its recommended case: `pt-BR`, `zh-Hant`."""
    text = line(value)
    match = _LOCALE.fullmatch(text)
    if not match:
        better = text.partition(".")[0].replace("_", "-")
        known = _LOCALE.fullmatch(better)
        raise Wrong(f"{shown(text)} is not a locale", better if known else "en, de or pt-BR")
    language, script, region = (match[n] or "" for n in (1, 2, 3))
    return "-".join(filter(None, (language.lower(), script.title(), region.upper())))


def timezone(value: object) -> str:
    """The name of a time zone that this machine knows."""
    name = line(value)
    try:
        read_zone(name)
    except ValueError as error:
        raise Wrong(
            f"there is no time zone {shown(name)}", str(error).partition("; ")[2]
        ) from error
    except ConfigError as error:
        raise Wrong(error.problem, error.hint) from error
    return name


def colour(value: object) -> str:
    """`#rrggbb`, in lower case."""
    text = line(value)
    if not _COLOUR.fullmatch(text):
        short = re.fullmatch(r"#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})", text)
        digits = short[1] if short else "0b5a75"
        full = digits if len(digits) == 6 else "".join(c * 2 for c in digits)
        raise Wrong(f"{shown(text)} is not a colour", f"write it as #{full}")
    return text.lower()


def word(value: object) -> str:
    """A plain name of letters, digits, dashes and underscores."""
    text = line(value)
    if not _WORD.fullmatch(text):
        raise Wrong(f"{shown(text)} is not a plain name", "letters, digits, - and _ only")
    return text


def one_of(*choices: str, other: dict[str, str] | None = None) -> Callable[[object], str]:
    """One of a few words; `other` maps words that people try to the ones that are meant."""

    def choose(value: object) -> str:
        text = line(value)
        if text not in choices:
            meant = (other or {}).get(text.lower())
            hint = f"did you mean {meant!r}?" if meant else near(text, choices)
            raise Wrong(f"{shown(text)} is not one of {_listed(choices)}", hint)
        return text

    return choose


def _listed(choices: Sequence[str]) -> str:
    return ", ".join(choices[:-1]) + f" and {choices[-1]}" if len(choices) > 1 else choices[0]


def whole(low: int, high: int) -> Callable[[object], int]:
    """A whole number between two bounds, both included."""

    def parse(value: object) -> int:
        if isinstance(value, Spoken) and value.isascii() and value.isdigit():
            value = int(value[:20])
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise Wrong(f"{shown(value)} is not a whole number from {low} to {high}")
        return value

    return parse


def seconds(value: object) -> float:
    """More than nothing and at most an hour."""
    if isinstance(value, Spoken):
        with contextlib.suppress(ValueError):
            value = float(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 3600:
        raise Wrong(f"{shown(value)} is not a number of seconds", "30, for half a minute")
    return float(value)


def truth(value: object) -> bool:
    """`true` or `false`; an environment variable may also say 1 or 0, yes or no."""
    if isinstance(value, Spoken):
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        value = words.get(value.lower(), value)
    if not isinstance(value, bool):
        raise Wrong(f"{shown(value)} is not true or false", "write it without quotes")
    return value
