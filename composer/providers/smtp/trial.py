"""What the refusals of a whole run say together: is it one reader, or everybody?"""

from __future__ import annotations

import threading

from composer.errors import Misconfigured
from composer.providers.smtp.blame import Blame
from composer.providers.smtp.reply import Reply

#: Refusals that mean us, before anybody was accepted: nobody else needs to be tried.
FIRST_REFUSALS = 3
#: The same in a row later on (a quota is used up, a list has us now), and refusals that mean
#: nobody in particular before anybody was accepted.
REFUSALS_IN_A_ROW = 8


class Trial:
    """One for each run; told by every connection's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accepted = False
        self._in_a_row = {Blame.US: 0, Blame.OPEN: 0}
        self._lost_by: Reply | None = None

    @property
    def accepted(self) -> bool:
        """Whether anybody was: then a refusal may be about its reader."""
        with self._lock:
            return self._accepted

    def was_accepted(self) -> None:
        with self._lock:
            self._accepted = True
            if any(self._in_a_row.values()):
                self._in_a_row = dict.fromkeys(self._in_a_row, 0)

    def was_refused(self, blame: Blame, reply: Reply) -> None:
        """Raises Misconfigured when it is clear by now that everybody will be."""
        if blame is Blame.READER:
            return
        with self._lock:
            self._in_a_row[blame] += 1
            first = blame is Blame.US and not self._accepted
            limit = FIRST_REFUSALS if first else REFUSALS_IN_A_ROW
            idle = blame is Blame.OPEN and self._accepted
            if self._in_a_row[blame] >= limit and not idle:
                self._lost_by = reply
        self.refuse_to_go_on()

    def refuse_to_go_on(self) -> None:
        """Raises Misconfigured when the run is lost."""
        with self._lock:
            reply = self._lost_by
        if reply:
            raise Misconfigured(
                f"the server refuses one reader after the other: {reply}",
                hint="does it relay for us (username, password)? Are SPF, DKIM and DMARC of the "
                "sender's domain right, and is the message what it should be?",
            )
