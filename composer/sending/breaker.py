"""When so much goes wrong that going on would do harm: of one receiving domain, or of a mailing.

A refusal for reasons of policy says something of the sender and nothing of the reader: that the
signature fails, that the text looks like spam, that the address we send from is not trusted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from composer.model.limits import Fuses
from composer.sending.provider import Answer, Outcome

#: An enhanced status code (RFC 3463): its class, subject and detail.
_CODE = re.compile(r"\b([245])\.(\d{1,3})\.\d{1,3}\b")
#: Subjects of the sender's own: protocol, content, security and policy.
_POLICY_SUBJECTS = frozenset({"5", "6", "7"})
_POLICY_WORDS = re.compile(
    r"\b(spam|reputation|block(ed|ing|list(ed)?)|black-?list(ed)?|dnsbl|rbl|polic(y|ies)|dmarc|spf"
    r"|dkim|unauthenticated|not authenticated|relay(ing)? (access )?denied|content rejected)\b",
    re.IGNORECASE,
)


def is_policy(reason: str) -> bool:
    """Whether a refusal with these words is about the sender, and not about the address.

    The first permanent enhanced status code decides, where there is one; else the words.
    """
    for kind, subject in _CODE.findall(reason):
        if kind == "5":
            return subject in _POLICY_SUBJECTS
    return _POLICY_WORDS.search(reason) is not None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What must stop. `domains` says why for each; `stop` is of the whole mailing, or empty.

    With `of_provider`, another provider may fare better: the list is not to blame.
    """

    domains: dict[str, str] = field(default_factory=dict)
    stop: str = ""
    of_provider: bool = False


@dataclass
class Breaker:
    """Counts what one sender is told, in windows one after the other; `clock_s` only grows."""

    fuses: Fuses
    clock_s: Callable[[], float]

    def __post_init__(self) -> None:
        self._began_s = self.clock_s()
        self._forget()

    def _forget(self) -> None:
        self._answers = Counter[str]()  # by domain
        self._policy = Counter[str]()
        self._of_all = Counter[Answer]()

    def saw(self, told: Iterable[tuple[str, Outcome]]) -> Verdict:
        """Take in outcomes with their receiving domains; say what must stop now."""
        now_s = self.clock_s()
        if now_s - self._began_s >= self.fuses.window_s:
            self._began_s = now_s
            self._forget()
        harmless = True
        for domain, outcome in told:
            self._answers[domain] += 1
            self._of_all[outcome.answer] += 1
            if outcome.answer is Answer.REFUSED:
                harmless = False
                self._policy[domain] += is_policy(outcome.reason)
            elif outcome.answer is Answer.UNKNOWN:
                harmless = False
        if harmless:
            return Verdict()
        domains = self._tripped()
        stop, of_provider = self._stop()
        if stop:
            self._forget()  # what goes on, if anything, is counted anew
        return Verdict(domains, stop, of_provider)

    def _tripped(self) -> dict[str, str]:
        found = {}
        for domain, refused in self._policy.items():
            answers = self._answers[domain]
            fuses = self.fuses
            if refused >= fuses.domain_least and refused >= fuses.domain_share * answers:
                found[domain] = f"it refused {refused:,} of {answers:,} for reasons of policy"
        for domain in found:
            # They are to be tried again: they count for nothing, here and in the whole.
            self._of_all[Answer.REFUSED] -= self._policy.pop(domain)
            del self._answers[domain]
        return found

    def _stop(self) -> tuple[str, bool]:
        """Why the mailing must stop, if it must, and whether that is the provider's."""
        fuses, total = self.fuses, self._of_all.total()
        for answer, share, least, words in (
            (Answer.REFUSED, fuses.refused_share, fuses.refused_least, "were refused"),
            (Answer.UNKNOWN, fuses.unknown_share, fuses.unknown_least, "were never answered"),
        ):
            count = self._of_all[answer]
            if count >= least and count >= share * total:
                policy = 2 * self._policy.total() >= count
                return (
                    f"{count:,} of the last {total:,} messages {words} "
                    f"({count * 100 // total} %; {share:.0%} is too many)"
                ), answer is Answer.UNKNOWN or policy
        return "", False
