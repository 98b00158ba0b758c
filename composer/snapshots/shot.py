"""One rendition of an issue: what one persona's mailbox gets, with nothing left to chance."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time

from composer.model.edition import Edition, EditionKey
from composer.model.issue import Issue
from composer.model.mailing import Letterhead
from composer.rendering.encoders import fill
from composer.sending.choice import Editions
from composer.sending.ledger import Candidate
from composer.sending.message import Message
from composer.sending.personas import keys_for
from composer.sending.sample import sample_delivery

#: The parts of a shot, which are also the endings of its files.
PARTS = ("html", "txt", "headers")

#: The boundary is made of the letter's text: it would change with every word.
_BOUNDARY = re.compile(r";\r?\n? boundary=\"[^\"]*\"")


@dataclass(frozen=True, slots=True)
class Shot:
    """`name` is `PERSONA.LOCALE` or `PERSONA.LOCALE.VARIANT`.

    `headers` are the header lines with LF, as they are sent but for the boundary of the
    parts. Pictures are named in the HTML by what they contain (`cid:DIGEST@…`).
    """

    name: str
    html: str
    txt: str
    headers: str
    edition: Edition | None = None  #: for its pictures; None when it was read from files

    @property
    def parts(self) -> tuple[str, str, str]:
        """In the order of `PARTS`."""
        return (self.html, self.txt, self.headers)


def shot_name(persona: str, key: EditionKey) -> str:
    return ".".join(filter(None, (persona, key.locale, key.variant)))


def shots_of(
    issue: Issue,
    readers: Iterable[tuple[str, Candidate]],
    compile_key: Callable[[EditionKey], Edition],
    letterhead: Letterhead,
) -> Iterator[Shot]:
    """Every rendition of `issue`; `readers` are personas by name, each edition is made once.

    Raises:
        TemplateError, SourceError: the issue cannot be rendered.
    """
    editions = Editions.of(issue)
    messages: dict[EditionKey, Message] = {}
    at = datetime.combine(issue.date, time(), UTC)
    for persona, candidate in readers:
        for key in keys_for(editions, candidate):
            if key not in messages:
                messages[key] = Message.compile(compile_key(key), letterhead)
            message = messages[key]
            edition = message.edition
            delivery = sample_delivery(edition, candidate, editions.fields, delivery_id="snapshot")
            values = message.values(delivery)
            head = message.head(delivery, at).decode("ascii")
            yield Shot(
                name=shot_name(persona, key),
                html=fill(edition.html, values),
                txt=fill(edition.text, values),
                headers=_BOUNDARY.sub("", head).replace("\r\n", "\n"),
                edition=edition,
            )
