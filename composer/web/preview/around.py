"""What a group of screens is given: the desk, and how a page is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from composer.web.preview.desk import Desk


@dataclass(frozen=True)
class Around:
    """`show` makes a page of a template and its values; `allow_send` lets pages send."""

    desk: Desk
    show: Callable[..., str]
    allow_send: bool = False
