"""Whom a refusal means: the one reader, or us and so everybody.

The enhanced code decides (RFC 3463, RFC 5248 and the IANA registry of enhanced status codes);
the words only where there is none, or where servers use one code for both (5.5.0, 5.7.0, 5.7.1).

| code | means | blame |
|---|---|---|
| 5.1.x | the reader's address: unknown, without mail (RFC 3463 3.2, RFC 7505) | reader |
| 5.1.7, 5.1.8, 5.1.9 | our sender's address, our message on its way (RFC 3463 3.2, RFC 3886) | us |
| 5.2.x | the reader's mailbox: disabled, full (RFC 3463 3.3) | reader |
| 5.2.3 | the message is too long for it (RFC 3463 3.3) | us |
| 5.4.x | the way to the reader's domain (RFC 3463 3.5) | reader |
| 5.3.4, 5.5.x, 5.6.x | too big; the conversation; the content (RFC 3463 3.4, 3.6, 3.7) | us |
| 5.7.x | relaying, log-in, SPF, DKIM, DMARC, reputation, policy (RFC 3463 3.8, RFC 7372) | us |
| 5.7.2, 5.7.17, 5.7.18 | a closed list; a new owner (RFC 3463 3.8, RFC 7293) | reader |

Examples of 5.7.x: 5.7.26 (Gmail: no SPF and no DKIM), 5.7.515 (Outlook: DMARC), 5.7.54 and
5.7.64 (Exchange: no relaying).
"""

from __future__ import annotations

import re
from enum import Enum

from composer.events.event import Event, Kind
from composer.events.verdict import Verdict, verdict_of
from composer.providers.smtp.reply import Reply
from composer.providers.smtp.steps import Step


class Blame(Enum):
    READER = "the reader"
    US = "us"
    OPEN = "nobody in particular"


_READER = re.compile(r"5\.(1\.(?!7$|8$|9$)|2\.(?!3$)|4\.|7\.(2|17|18)$)")
_US = re.compile(r"5\.(1\.[789]$|2\.3$|3\.4$|5\.|6\.|7\.)")
#: Codes that some servers give for everything; a clear word about the reader outweighs them.
_VAGUE = frozenset({"5.5.0", "5.7.0", "5.7.1"})
_READER_WORDS = re.compile(
    r"(user|recipient|mailbox|account|address)\b.{0,40}"
    r"\b(unknown|not found|not exist|no longer|disabled|inactive|unavailable|full|over quota)"
    r"|(unknown|no such|invalid|nonexistent|non-existent|inactive|disabled)\W+"
    r"(local |virtual )?(user|recipient|mailbox|account|address|person|alias)"
    r"|\b(does not|doesn't) (exist|have an? )",
    re.IGNORECASE,
)
_OUR_WORDS = re.compile(
    r"\brelay|\bspf\b|\bdkim\b|\bdmarc\b|block ?list|black ?list|\brbl\b|dnsbl|\bspam|reputation"
    r"|\bpolicy\b|authenticat|not (allowed|permitted|authori[sz]ed)|prohibit|access denied"
    r"|\bquota exceeded\b.*\b(send|account)|(send|hourly|daily)\w* (limit|quota)|\bcontent\b"
    r"|\bvirus|\bsender\b|too (big|large)|size (limit|exceed)",
    re.IGNORECASE,
)

#: No such mailbox; moved, and nobody says where to; its domain takes no mail (RFC 7505).
_NOBODY = frozenset({"5.1.1", "5.1.6", "5.1.10"})
#: Somebody is there, whatever the code says.
_SOMEBODY_WORDS = re.compile(
    r"\b(full|quota|disabled|inactive|suspended|temporar\w*)\b", re.IGNORECASE
)


def blame_of(step: Step, reply: Reply) -> Blame:
    """Whom a 5xx reply to `step` means."""
    told = reply.text
    if reply.enhanced not in _VAGUE:
        if _READER.match(reply.enhanced):
            return Blame.READER
        if _US.match(reply.enhanced):
            return Blame.US
    if _READER_WORDS.search(told) and "relay" not in told.lower():
        return Blame.READER
    if reply.enhanced in _VAGUE or _OUR_WORDS.search(told):
        return Blame.US
    # The same bytes go to everybody: what is refused after them is our message.
    return Blame.US if step is Step.MESSAGE else Blame.OPEN


def is_nobody_there(step: Step, reply: Reply) -> bool:
    """Whether a 5xx reply says for certain that the reader's address does not exist.

    The code must say so, in answer to the address itself; words that speak of us, or of
    somebody who is there, outweigh it. A bounce with that code and those words means the same.
    """
    if step is not Step.RCPT or reply.enhanced not in _NOBODY:
        return False
    if _SOMEBODY_WORDS.search(reply.text):
        return False
    if _OUR_WORDS.search(reply.text) and not _READER_WORDS.search(reply.text):
        return False
    told = Event(b"", Kind.BOUNCED, permanent=True, code=reply.enhanced, detail=reply.text)
    return verdict_of(told) is Verdict.DEAD
