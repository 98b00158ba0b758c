"""What can never become a message is refused before the first one is made."""

from __future__ import annotations

import re
from collections.abc import Iterator

from composer.errors import ConfigError, TemplateError
from composer.model.address import Address
from composer.model.edition import Edition, InlineImage, Parts
from composer.model.mailing import Letterhead
from composer.rendering.encoders import clean
from composer.sending.message.words import is_dot_atom

_MAX_BOUNCES_LOCAL = 31  # 64 (RFC 5321 section 4.5.3.1.1) less "+" and a delivery id of 32
_HOST = re.compile(r"(?!-)[a-z0-9-]+(?<!-)(?:\.(?!-)[a-z0-9-]+(?<!-))*")
_BASE_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]_~%/+@-]*[A-Za-z0-9\]_~-]")
_CID = re.compile(r"[A-Za-z0-9@._-]{1,200}")
_MEDIA_TYPE = re.compile(r"image/[a-z0-9.+-]{1,60}")
_HALVES = re.compile("[\ud800-\udfff]")
_NOT_IN_A_BODY = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def refuse_unfit(edition: Edition, letterhead: Letterhead, subject_prefix: str) -> None:
    """Say everything that is wrong at once.

    Raises:
        ConfigError: something in the letterhead (and whatever is wrong with the edition too).
        TemplateError: something in the edition alone.
    """
    sender = list(_of_letterhead(letterhead))
    letter = list(_of_edition(edition, subject_prefix))
    if sender:
        raise ConfigError(
            "; ".join(sender + letter), hint="look at [newsletter] of newsletter.toml"
        )
    if letter:
        raise TemplateError("; ".join(letter), hint="take them out of the issue or the template")


def _of_letterhead(letterhead: Letterhead) -> Iterator[str]:
    reply_to = letterhead.reply_to
    yield from _hidden("name", letterhead.newsletter)
    yield from _hidden("the name in from", letterhead.sender.name)
    yield from _address("from", letterhead.sender.address)
    if reply_to is not None:
        yield from _hidden("the name in reply_to", reply_to.name)
        yield from _address("reply_to", reply_to.address)
    yield from _address("bounces", letterhead.bounces)
    if len(letterhead.bounces.local) > _MAX_BOUNCES_LOCAL:
        yield (
            f"the mailbox for bounces, {letterhead.bounces}, has more than {_MAX_BOUNCES_LOCAL} "
            "characters before its @: a delivery's id finds no room there"
        )
    if letterhead.unsubscribe_mailto is not None:
        yield from _address("unsubscribe_mailto", letterhead.unsubscribe_mailto)
    if not is_dot_atom(letterhead.list_id) or len(letterhead.list_id) > 255:
        yield f"list_id {letterhead.list_id!r} is not like news.example.org (RFC 2919)"
    if not _BASE_URL.fullmatch(letterhead.base_url) or len(letterhead.base_url) > 500:
        yield f"base_url {letterhead.base_url!r} is not like https://news.example.org"


def _of_edition(edition: Edition, subject_prefix: str) -> Iterator[str]:
    yield from _hidden("the subject", subject_prefix + _literals(edition.subject))
    yield from _unfit("the HTML", _NOT_IN_A_BODY.findall(_literals(edition.html)))
    yield from _unfit("the text", _NOT_IN_A_BODY.findall(_literals(edition.text)))
    defaults = "".join(slot.default or "" for slot in edition.slots)
    yield from _unfit("a default", _HALVES.findall(defaults))
    yield from _pictures(edition.images)


def _literals(parts: Parts) -> str:
    return "".join(part for part in parts if isinstance(part, str))


def _address(what: str, address: Address) -> Iterator[str]:
    if not (is_dot_atom(address.local) and _HOST.fullmatch(address.domain)):
        yield f"{what} {str(address)!r} is not an address that mail servers take"


def _hidden(what: str, text: str) -> Iterator[str]:
    """Whatever a reader's own name would lose must not come from us either."""
    if clean(text) != text:
        yield from _unfit(what, [char for char in text if clean(char) != char])


def _unfit(what: str, characters: list[str]) -> Iterator[str]:
    if characters:
        named = ", ".join(f"U+{ord(char):04X}" for char in sorted(set(characters)))
        yield f"{what} holds characters that do not belong in mail: {named}"


def _pictures(images: tuple[InlineImage, ...]) -> Iterator[str]:
    seen: set[str] = set()
    for image in images:
        if image.cid in seen:
            yield f"two pictures have the Content-ID {image.cid!r}"
        seen.add(image.cid)
        if not (_CID.fullmatch(image.cid) and _MEDIA_TYPE.fullmatch(image.media_type)):
            yield f"the picture {image.filename!r} has an unfit Content-ID or media type"
