"""Providers in order of preference: the first that answers is used, and the first again later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from composer.errors import ComposerError, Misconfigured
from composer.sending.provider import Provider

#: How long one that did not answer is left alone, at first and at most.
REST_S, MOST_REST_S = 30.0, 600.0


@dataclass
class _State:
    falls: int = 0
    free_at_s: float = 0.0
    error: ComposerError | None = None


class Route:
    """What the next batch goes through.

    Another provider is chosen only for what was not handed over: what one of them may have
    taken is never given to another. With one provider, its first failure ends the run.
    """

    def __init__(self, providers: Sequence[Provider], clock_s: Callable[[], float]) -> None:
        self._providers = tuple(providers)
        self._clock_s = clock_s
        self._states = {id(provider): _State() for provider in self._providers}

    @property
    def connections(self) -> int:
        """The most calls that any of them takes at once."""
        return max(provider.capabilities.connections for provider in self._providers)

    def current(self) -> Provider | None:
        """The first of them that is not known to be out of order; None when all are."""
        now_s = self._clock_s()
        for provider in self._providers:
            state = self._states[id(provider)]
            if state.error is None or (len(self._providers) > 1 and state.free_at_s <= now_s):
                return provider
        return None

    def fell(self, provider: Provider, error: ComposerError) -> None:
        """It took nothing of a batch, and said why; several batches may tell of one failure."""
        state, now_s = self._states[id(provider)], self._clock_s()
        if state.error is not None and now_s < state.free_at_s:
            return
        state.falls += 1
        state.error = error
        rest_s = min(MOST_REST_S, REST_S * 2.0 ** min(state.falls - 1, 10))
        if isinstance(error, Misconfigured):
            rest_s = MOST_REST_S  # somebody must mend it first
        state.free_at_s = now_s + rest_s

    def give_up(self, reason: str) -> bool:
        """Leave the one that is used for another, if there is one that is not out of order."""
        now, others = self.current(), len(self._providers) > 1
        if now is None or not others:
            return False
        self.fell(now, Misconfigured(reason))
        return self.current() is not None

    def answered(self, provider: Provider) -> None:
        """It gave an answer, whatever it was."""
        state = self._states[id(provider)]
        if state.error is not None and self._clock_s() >= state.free_at_s:
            self._states[id(provider)] = _State()

    @property
    def failure(self) -> ComposerError | None:
        """Why none of them can be used just now, as the preferred one says; else None."""
        if self.current() is not None:
            return None
        return self._states[id(self._providers[0])].error

    def close(self) -> None:
        for provider in self._providers:
            provider.close()
