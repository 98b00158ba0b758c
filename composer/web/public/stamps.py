"""Proofs without a cookie: when a form was shown, and that a browser solved a puzzle."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs

#: Nobody reads and fills in a form faster; whoever does sees it once more.
FASTEST_S = 2
#: A page that was left open for longer is shown once more.
SLOWEST_S = 86_400
#: A phone looks for an answer to the puzzle for about a second.
PUZZLE_MOST = 50_000
PUZZLE_S = 1200


@dataclass(frozen=True, slots=True)
class Stamps:
    """Signed under a key of the database."""

    key: bytes

    def made(self, now: int) -> str:
        """What a form carries from the moment that it is shown."""
        said = f"{now:x}.{secrets.token_hex(8)}"
        return f"{said}.{self._seal(said)}"

    def holds(self, stamp: str, now: int) -> bool:
        """Whether the form was shown by us, not too long ago, and not just now."""
        said, _, seal = stamp.rpartition(".")
        if len(stamp) > 100 or not hmac.compare_digest(self._seal(said).encode(), seal.encode()):
            return False
        age = now - int(said.partition(".")[0], 16)
        return FASTEST_S <= age <= SLOWEST_S

    def _seal(self, said: str) -> str:
        return hmac.new(self.key, said.encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Puzzles:
    """ALTCHA's proof of work, version 1: find the number behind a hash."""

    key: bytes

    def made(self, now: int) -> str:
        """A challenge in JSON; each is good for one answer, for twenty minutes."""
        # The last mark keeps the number apart from the salt, or one could be moved to the other.
        salt = f"{secrets.token_hex(12)}?expires={now + PUZZLE_S}&"
        challenge = _sha256(f"{salt}{secrets.randbelow(PUZZLE_MOST)}")
        made = {
            "algorithm": "SHA-256",
            "challenge": challenge,
            "maxnumber": PUZZLE_MOST,
            "salt": salt,
            "signature": self._signature(challenge),
        }
        return json.dumps(made)

    def solved(self, payload: str, now: int) -> str:
        """The challenge that `payload` answers; empty when it is wrong, late or not ours.

        `payload` is what the widget of ALTCHA writes into a form: base64 of a JSON object.
        """
        try:
            given = json.loads(base64.b64decode(payload[:4000], validate=True))
            salt, number = str(given["salt"]), given["number"]
            challenge, signature = str(given["challenge"]), str(given["signature"])
            expires = int(parse_qs(salt.partition("?")[2])["expires"][0][:15])
        except (binascii.Error, ValueError, KeyError, TypeError, RecursionError):
            return ""
        right = (
            given.get("algorithm") == "SHA-256"
            and isinstance(number, int)
            and salt.endswith("&")
            and expires > now
            and _same(challenge, _sha256(f"{salt}{number}"))
            and _same(signature, self._signature(challenge))
        )
        return challenge if right else ""

    def _signature(self, challenge: str) -> str:
        return hmac.new(self.key, challenge.encode(), hashlib.sha256).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
