"""Bounces in forms of their own, by flufl.bounce where it is installed; its only importer.

It knows many forms and is easily tripped: of mutilated messages it raised on nearly half. It
tells addresses and never why.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from email.message import Message
from importlib.util import find_spec


@dataclass(frozen=True, slots=True)
class Guess:
    """Who it is about, and whether for good; both empty when nobody can tell."""

    address: str = ""
    permanent: bool | None = None


def guess(message: Message) -> Guess:
    if find_spec("flufl.bounce") is None:  # the extra `bounces`
        return Guess()
    from flufl.bounce import all_failures  # noqa: PLC0415 - it may not be there

    # It writes every exception to the log, with the message's own words.
    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)
    try:
        for_now, for_good = all_failures(message)
    except Exception:  # noqa: BLE001 - somebody else's code over a stranger's message
        return Guess()
    for found, permanent in ((for_good, True), (for_now, False)):
        for address in sorted(found):
            return Guess(address.decode("ascii", "replace"), permanent)
    return Guess()
