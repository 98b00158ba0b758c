"""One delivery as files that a person can open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from composer.model.delivery import Delivery
from composer.model.edition import Edition
from composer.model.mailing import Letterhead
from composer.rendering.encoders import fill
from composer.sending.message import Message
from composer.whole_file import write_whole


@dataclass(frozen=True, slots=True)
class Rendition:
    """`files` maps each name, in the order to show them, to its bytes."""

    files: dict[str, bytes] = field(default_factory=dict)


def rendition_of(
    edition: Edition, letterhead: Letterhead, delivery: Delivery, at: datetime
) -> Rendition:
    """The variants as the reader's client would show them, and the message itself."""
    message = Message.compile(edition, letterhead)
    values = message.values(delivery)
    pictures = {image.cid: f"pictures/{image.filename}" for image in edition.images}

    def beside(match: re.Match[str]) -> str:
        return pictures.get(match.group(1), match.group(0))

    # A browser knows no cid: URLs, so the pictures lie beside the page.
    page = re.sub(r"cid:([A-Za-z0-9@._-]+)", beside, fill(edition.html, values))
    files = {
        "message.html": page.encode(),
        "message.txt": fill(edition.text, values).encode(),
        "message.eml": b"".join(message.chunks(delivery, at)),
        "message.mjml": edition.mjml.encode(),
    }
    files |= {pictures[image.cid]: image.data for image in edition.images}
    return Rendition(files)


def write_rendition(rendition: Rendition, folder: Path) -> Sequence[str]:
    """Write the files below `folder`; returns their names."""
    for name, content in rendition.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    return list(rendition.files)
