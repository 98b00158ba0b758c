"""Editions and letterheads as JSON and back, without losing a bit."""

from __future__ import annotations

import base64
import json
from typing import Any

from composer.errors import StorageError
from composer.model.address import Address
from composer.model.edition import Context, Edition, EditionKey, InlineImage, Parts, Slot
from composer.model.mailing import Letterhead
from composer.model.settings import Mailbox


def edition_to_json(edition: Edition) -> str:
    """The frozen form; `edition_from_json` is its inverse."""
    return json.dumps(
        {
            "issue_id": edition.issue_id,
            "key": str(edition.key),
            "subject": _parts_out(edition.subject),
            "html": _parts_out(edition.html),
            "text": _parts_out(edition.text),
            "preheader": _parts_out(edition.preheader),
            "images": [
                [i.cid, i.filename, i.media_type, base64.b64encode(i.data).decode()]
                for i in edition.images
            ],
        },
        ensure_ascii=False,
    )


def edition_from_json(text: str, digest: str) -> Edition:
    """Thaw an edition.

    Raises:
        StorageError: it is not the one that was frozen under `digest`.
    """
    content: dict[str, Any] = json.loads(text)
    edition = Edition(
        issue_id=content["issue_id"],
        key=EditionKey.parse(content["key"]),
        subject=_parts_in(content["subject"]),
        html=_parts_in(content["html"]),
        text=_parts_in(content["text"]),
        preheader=_parts_in(content["preheader"]),
        images=tuple(
            InlineImage(cid, name, kind, base64.b64decode(data))
            for cid, name, kind, data in content["images"]
        ),
    )
    if edition.digest != digest:
        raise StorageError(
            f"the frozen edition {edition.key} is not the one that was approved",
            hint="the database was changed by hand, or is damaged",
        )
    return edition


def _parts_out(parts: Parts) -> list[Any]:
    return [p if isinstance(p, str) else [p.name, str(p.context), p.default] for p in parts]


def _parts_in(parts: list[Any]) -> Parts:
    return tuple(p if isinstance(p, str) else Slot(p[0], Context(p[1]), p[2]) for p in parts)


def letterhead_to_json(letterhead: Letterhead) -> str:
    def mailbox(box: Mailbox | None) -> list[str] | None:
        return [box.name, str(box.address)] if box else None

    mailto = letterhead.unsubscribe_mailto
    return json.dumps(
        {
            "newsletter": letterhead.newsletter,
            "sender": mailbox(letterhead.sender),
            "reply_to": mailbox(letterhead.reply_to),
            "list_id": letterhead.list_id,
            "base_url": letterhead.base_url,
            "bounces": str(letterhead.bounces),
            "unsubscribe_mailto": str(mailto) if mailto else None,
        },
        ensure_ascii=False,
    )


def letterhead_from_json(text: str) -> Letterhead:
    content: dict[str, Any] = json.loads(text)

    def mailbox(pair: list[str]) -> Mailbox:
        return Mailbox(pair[0], Address.parse(pair[1]))

    mailto = content["unsubscribe_mailto"]
    return Letterhead(
        newsletter=content["newsletter"],
        sender=mailbox(content["sender"]),
        reply_to=mailbox(content["reply_to"]) if content["reply_to"] else None,
        list_id=content["list_id"],
        base_url=content["base_url"],
        bounces=Address.parse(content["bounces"]),
        unsubscribe_mailto=Address.parse(mailto) if mailto else None,
    )
