"""Providers that sign nothing: a name and a password in the address that they were given."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from hashlib import blake2b
from hmac import compare_digest

from composer.events.webhooks.post import Post, Refusal, Taken, header


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """Both are asked for; neither may be empty."""

    username: str
    password: str = field(repr=False)

    def admit(self, post: Post) -> Taken:
        """Raises Refusal."""
        scheme, _, given = header(post, "Authorization").partition(b" ")
        try:
            told = base64.b64decode(given.strip(), validate=True)
        except binascii.Error as error:
            raise Refusal("name and password cannot be read") from error
        wanted = f"{self.username}:{self.password}".encode()
        ready = bool(self.username and self.password) and scheme.lower() == b"basic"
        if not (compare_digest(told, wanted) and ready):
            raise Refusal("name or password is wrong")
        return Taken(nonce=blake2b(post.body, digest_size=16).hexdigest())
