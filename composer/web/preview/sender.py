"""One mailing at a time, sent in a thread of the preview; it drains when it is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from composer.dispatch import carry_on
from composer.errors import ComposerError, GuardError
from composer.model.mailing import Mailing
from composer.sending.deliver import Terms
from composer.site import Site


@dataclass(frozen=True, slots=True)
class Ended:
    """How the last run of a mailing ended; `forgotten` when nothing had left."""

    mailing: Mailing
    problem: ComposerError | None = None
    forgotten: bool = False


class Sender:
    """Starts, stops and waits for the one run; safe to share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._sending = ""
        self.cut = ""  #: the mailing that was under way when the preview was told to end
        self._closed = False
        self._ended: dict[str, Ended] = {}

    @property
    def sending(self) -> str:
        """The id of the mailing that is being sent from here; empty when there is none."""
        return self._sending

    @property
    def stopping(self) -> bool:
        return bool(self._sending) and self._stop.is_set()

    def ended(self, mailing_id: str) -> Ended | None:
        """How the last run of that mailing from here ended."""
        return self._ended.get(mailing_id)

    def start(self, begin: Callable[[], tuple[Site, Mailing]]) -> Mailing:
        """Call `begin` and deliver the mailing that it gives, which nobody else starts meanwhile.

        Raises:
            GuardError: a mailing is being sent from here already; and what `begin` raises.
        """
        with self._lock:
            if self._sending:
                raise GuardError(
                    f"{self._sending} is being sent from here: one mailing at a time",
                    hint="wait for its end, or stop it",
                )
            site, mailing = begin()
            self._stop = threading.Event()
            self._ended.pop(mailing.id, None)
            if self._closed:
                raise GuardError(
                    f"the preview is ending: {mailing.id} was not begun",
                    hint=f"newsletter resume {mailing.id}",
                )
            self._sending = mailing.id
            terms = Terms(stop=self._stop)
            self._thread = threading.Thread(
                target=self._carry, args=(site, mailing, terms), name="sender"
            )
            self._thread.start()
            return mailing

    def _carry(self, site: Site, mailing: Mailing, terms: Terms) -> None:
        ended = Ended(mailing)
        try:
            carried = carry_on(site, mailing, terms)
            ended = Ended(mailing, carried.run.failure, carried.forgotten)
        except ComposerError as error:
            ended = Ended(mailing, error)
        finally:
            self._ended[mailing.id] = ended
            self._sending = ""

    def stop(self) -> None:
        """Hand over nothing more; what is in flight is finished."""
        self._stop.set()

    def cut_short(self) -> None:
        """The preview ends: as `stop`, and remember what was under way."""
        self._closed = True
        self.cut = self.cut or self._sending
        self._stop.set()

    def finish(self) -> Ended | None:
        """Wait for the end of the run; how it ended, if there ever was one."""
        with self._lock:
            thread = self._thread
        if thread is None:
            return None
        thread.join()
        return list(self._ended.values())[-1]
