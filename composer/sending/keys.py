"""What was never answered, sent again under the same key: where the provider knows it for the same.

A provider with idempotency keys takes a message once, however often it is handed over under one
key, for as long as it remembers keys. Our key of a delivery is its id, at every attempt. So what
is `unknown` may be tried again by the same provider within that time, and by nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from composer.model.mailing import Mailing
from composer.sending.ledger import Ledger
from composer.sending.provider import Provider
from composer.sending.terms import Terms

#: The last part of a key's life that is left alone: clocks differ, and an answer may be late.
MARGIN_S = 1_800.0
#: Whoever is not answered so often has a server that answers nobody.
ROUNDS = 3


@dataclass
class Keys:
    """Of one run. Nothing is tried again where another provider could get it."""

    ledger: Ledger
    mailing_id: str
    provider: str
    until: float  #: epoch seconds; 0 where there are no keys
    terms: Terms
    rounds: int = ROUNDS

    @classmethod
    def of(
        cls, mailing: Mailing, ledger: Ledger, providers: Sequence[Provider], terms: Terms
    ) -> Keys:
        """No delivery was attempted before its mailing began: no key is older."""
        life = providers[0].capabilities.idempotency if len(providers) == 1 else None
        began = max(datetime.fromisoformat(mailing.created).timestamp(), float(mailing.due))
        until = began + life.total_seconds() - MARGIN_S if life else 0.0
        return cls(ledger, mailing.id, providers[0].name, until, terms)

    def again(self) -> int:
        """Make what is unknown planned again, as far as it may be; say how many."""
        if not self.rounds or self.terms.clock() >= self.until:
            return 0
        self.rounds -= 1
        return self.ledger.retry_keyed(self.mailing_id, self.provider)

    def end(self) -> None:
        """What was not tried again after all is as unknown as before."""
        if self.until:
            self.ledger.keep_unknown(self.mailing_id)
