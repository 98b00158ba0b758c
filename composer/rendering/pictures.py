"""How the pictures of an issue reach its readers."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from urllib.parse import quote

from composer.errors import SourceError
from composer.model.edition import InlineImage
from composer.model.finding import Finding, Severity
from composer.model.issue import Image, ImageFile, Issue
from composer.model.settings import ImageMode, NewsletterSettings

_HASH_DIGITS = 16
_EXTENSIONS: Mapping[str, str] = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
}


class Pictures:
    """Collects the parts that an edition carries: one for each picture, however often it shows."""

    def __init__(self, issue: Issue, newsletter: NewsletterSettings) -> None:
        self._issue = issue
        self._newsletter = newsletter
        self._parts: dict[str, InlineImage] = {}

    @property
    def parts(self) -> tuple[InlineImage, ...]:
        """In the order in which they first show."""
        return tuple(self._parts.values())

    def source(self, image: Image) -> str:
        """The `src` of `image`: a `cid:`, a URL below `base_url`, or the remote URL as written.

        Raises:
            SourceError: a remote picture is neither at `https:` nor at `http:`.
        """
        if image.file is None:
            if not image.source.lower().startswith(("https://", "http://")):
                problem = f"a picture cannot come from {image.source[:60]!r}"
                place = (self._issue.path, image.at.line, image.at.column)
                raise SourceError([Finding("image/scheme", Severity.ERROR, problem, "", *place)])
            return image.source
        if self._newsletter.images is ImageMode.URL:
            path = quote(image.file.path.as_posix())
            return f"{self._newsletter.base_url}/issues/{quote(os.fsencode(self._issue.id))}/{path}"
        return f"cid:{self._part(image.file).cid}"

    def _part(self, file: ImageFile) -> InlineImage:
        digest = hashlib.sha256(file.data).hexdigest()[:_HASH_DIGITS]
        part = self._parts.get(digest)
        if part is None:
            part = InlineImage(
                cid=f"{digest}@{self._newsletter.sender.address.domain}",
                filename=self._filename(file, digest),
                media_type=file.media_type,
                data=file.data,
            )
            self._parts[digest] = part
        return part

    def _filename(self, file: ImageFile, digest: str) -> str:
        """Of `[A-Za-z0-9._-]`, with the extension of what it is, and unique in the edition."""
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", file.path.stem).strip("-")[:40] or "picture"
        extension = _EXTENSIONS.get(file.media_type, "")
        taken = {part.filename.lower() for part in self._parts.values()}
        name = f"{stem}{extension}"
        return f"{stem}-{digest}{extension}" if name.lower() in taken else name
