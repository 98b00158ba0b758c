"""What is one reader's own in a call: JSON with holes in it, made once for all readers.

A reader costs the encoding of their own values and the filling of the holes. What many of them
have alike, such as a town, is encoded once.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from operator import itemgetter
from typing import NamedTuple

from composer.model.address import Address
from composer.model.clicks import link_slot
from composer.model.delivery import Delivery, Recipient
from composer.model.edition import Context, EditionKey, Slot
from composer.providers.sendgrid.tags import Tags
from composer.rendering.encoders import encode, encoder_of
from composer.sending.message import Message
from composer.sending.message.head import checked_id
from composer.sending.message.links import (
    MEMBERS_SLOT,
    OWN_SLOTS,
    PREFERENCES_SLOT,
    UNSUBSCRIBE_SLOT,
    is_own_url,
    members_url,
    preferences_url,
    segment,
    unsubscribe_url,
)
from composer.sending.message.words import clean_name

#: By which later events name the delivery.
DELIVERY_ARG = "delivery"

#: Before the merge data. No string of JSON holds it: there, quotation marks have backslashes.
_MERGE_DATA = ',"substitutions":'
#: Where things go that are filled in: JSON has no such characters.
_ADDRESS, _NAME, _MEMBERS = "\0a", "\0n", "\0m"
#: No text holds one of so many letters by chance.
_LONG = 12

#: So many values of each name are remembered.
_MOST_KNOWN = 2048
_WHOLE_URLS = frozenset({Context.URL, Context.TEXT_URL})
_URL_PARTS = frozenset({Context.URL_PART, Context.TEXT_URL_PART})

#: What is written of a reader's value, which is `""` when there is none.
_Writer = Callable[[str], str]


class _Holes(NamedTuple):
    """To be filled by `text % order(values)`: a value may stand in it more than once."""

    text: str
    order: Callable[[tuple[str, ...]], tuple[str, ...]]

    @classmethod
    def of(cls, text: str, marks: Sequence[str]) -> _Holes:
        """Where `text` has one of `marks`, the value at its place goes in."""
        pieces = re.split(f"({'|'.join(map(re.escape, marks))})", text)
        places = [marks.index(mark) for mark in pieces[1::2]]
        literals = [piece.replace("%", "%%") for piece in pieces[::2]]
        return cls("%s".join(literals), itemgetter(*places))


def _remembering(write: _Writer, *, only_ascii: bool) -> _Writer:
    """The same as `write`, sooner.

    On a list, most towns, names and employers stand more than once. And letters and digits mean
    nothing to any encoder, but to percent-encoding if they are not ASCII: so what it wrote of one
    word says what it writes of every other.
    """
    known: dict[str, str] = {}
    mark = f"x{secrets.token_hex(16)}"
    pieces = [piece.replace("%", "%%") for piece in write(mark).split(mark)]
    text, times = "%s".join(pieces), len(pieces) - 1

    def written(value: str) -> str:
        found = known.get(value)
        if found is None:
            if value.isalnum() and (value.isascii() or not only_ascii):
                found = text % ((quoted(value)[1:-1],) * times)
            else:
                found = write(value)
            if len(known) < _MOST_KNOWN:
                known[value] = found
        return found

    return written


class Form:
    """Of one message."""

    def __init__(self, message: Message, tags: Tags, headers: Mapping[str, str]) -> None:
        """`headers` are those that all readers have alike."""
        self._message = message
        self._headers = headers
        self._holes = lru_cache(maxsize=8)(self._made)  # our tokens are all of one length
        self._own: dict[str, str] = {}  #: links of ours that a token alone makes, by their tags
        self._rest: list[tuple[str, Slot]] = []  #: what only `Message.values` knows
        by_name: dict[str, list[tuple[str, Slot]]] = {}
        for slot, tag in tags.slots.items():
            if slot.name in OWN_SLOTS and is_own_url(slot):
                self._own[tag] = slot.name
            elif slot.name in OWN_SLOTS or link_slot(slot) is not None:
                self._rest.append((tag, slot))
            else:
                by_name.setdefault(slot.name, []).append((tag, slot))
        subject = {part.name for part in message.edition.subject if isinstance(part, Slot)}
        alone = next(iter(subject)) if len(subject) == 1 and subject <= by_name.keys() else ""
        self._subject = "" if alone else tags.subject
        self._writers = [
            (
                name,
                message.must_be_given(name),
                self._writer(slots, name, tags.subject if name == alone else ""),
            )
            for name, slots in by_name.items()
        ]

    def written(self, delivery: Delivery) -> str:
        """The personalization of one delivery.

        Raises:
            ComposerError: a slot has neither value nor default.
        """
        recipient = delivery.recipient
        address, given, members = recipient.address, recipient.values.get, []
        for name, must, write in self._writers:
            value = given(name) or ""
            if must and not value:
                self._message.values(delivery)  # which says so
            members.append(write(value))
        if self._rest or self._subject:
            members += self._special(delivery)
        token = segment(recipient.token)
        text, order = self._holes(len(token), "" if len(token) >= _LONG else recipient.token)
        name = clean_name(recipient.display_name)
        values = (
            checked_id(delivery),
            token,
            quoted(f"{address.local}@{address.domain}"),
            f',"name":{quoted(name)}' if name else "",
            ",".join(members),
        )
        return text % order(values)

    def _special(self, delivery: Delivery) -> list[str]:
        """Members for what is worked out for each delivery."""
        values = self._message.values(delivery)
        members = []
        for tag, slot in self._rest:
            value = values.get(slot.name) or slot.default or ""
            if not is_own_url(slot) or slot.name not in values:
                value = encode(value, slot.context)
            members.append(f'"{tag}":{quoted(value)}')
        if self._subject:
            members.append(f'"{self._subject}":{quoted(self._message.subject(values))}')
        return members

    def _writer(self, slots: Sequence[tuple[str, Slot]], name: str, subject: str) -> _Writer:
        """The members of all slots of one name, and of the subject where it has no other."""
        parts = [(f'"{tag}":', encoder_of(s.context), s.default or "") for tag, s in slots]
        subject_of = self._message.subject

        def write(value: str) -> str:
            members = [tag + quoted(encoder(value or default)) for tag, encoder, default in parts]
            if subject:
                filled = subject_of({name: value} if value else {})
                members.append(f'"{subject}":{quoted(filled)}')
            return ",".join(members)

        contexts = {slot.context for _, slot in slots}
        if contexts & _WHOLE_URLS:  # where not every word may stand
            return lru_cache(maxsize=_MOST_KNOWN)(write)
        return _remembering(write, only_ascii=bool(contexts & _URL_PARTS))

    def _made(self, chars: int, token: str) -> _Holes:
        """For tokens of so many characters; for one token alone where these are too few."""
        delivery_mark = secrets.token_hex(16)
        token_mark = token or secrets.token_urlsafe(chars)[:chars]
        nobody = Recipient(0, Address("reader", "example.org"), "", EditionKey(""), {}, token_mark)
        own = self._message.own_headers(Delivery(delivery_mark, nobody))
        base_url = self._message.letterhead.base_url
        links = {
            UNSUBSCRIBE_SLOT: unsubscribe_url(base_url, token_mark),
            PREFERENCES_SLOT: preferences_url(base_url, token_mark),
            MEMBERS_SLOT: members_url(base_url, token_mark, self._message.edition.issue_id),
        }
        members = [f'"{tag}":{quoted(links[name])}' for tag, name in self._own.items()]
        if self._writers or self._rest or self._subject:
            members.append(_MEMBERS)
        headers = json.dumps({**own, **self._headers})
        text = (
            f'{{"to":[{{"email":{_ADDRESS}{_NAME}}}],"headers":{headers},'
            f'"custom_args":{{"{DELIVERY_ARG}":"{delivery_mark}"}}'
            f"{_MERGE_DATA}{{{','.join(members)}}}}}"
        )
        marks = [delivery_mark, "\0t" if token else token_mark, _ADDRESS, _NAME, _MEMBERS]
        return _Holes.of(text, marks)


def merge_data(personalization: str) -> str:
    """The substitutions of what `Form.written` gave, as they are written."""
    return personalization[personalization.index(_MERGE_DATA) + len(_MERGE_DATA) : -1]


def without_merge_data(personalization: str) -> str:
    return personalization[: personalization.index(_MERGE_DATA)] + "}"
