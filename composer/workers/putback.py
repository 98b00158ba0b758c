"""What a share says that is not done yet."""

from __future__ import annotations


class PutBack(Exception):
    """A share is not done: it goes back into the queue, and is taken up after `after_s`."""

    def __init__(self, after_s: float) -> None:
        super().__init__(f"again after {after_s:g} s")
        self.after_s = after_s
