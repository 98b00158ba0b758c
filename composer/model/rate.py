"""How fast a mailing may go."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS_S = {"s": 1.0, "min": 60.0, "h": 3600.0}
#: What else people write.
_ALSO = {"sec": "s", "m": "min", "hour": "h"}


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` deliveries in each `unit` (`s`, `min` or `h`), on average."""

    count: float
    unit: str = "s"

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read `600/min`, `10/s` or `5000/h`; a bare number is a minute's.

        Raises:
            ValueError: it is none of these, or nothing would ever be sent.
        """
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:/\s*([a-z]+))?\s*", text.lower())
        unit = (match.group(2) or "min") if match else ""
        unit = _ALSO.get(unit, unit)
        if match is None or unit not in _UNITS_S or float(match.group(1)) <= 0:
            raise ValueError(f"{text!r} is not a rate; write 600/min, 10/s or 5000/h")
        return cls(float(match.group(1)), unit)

    @property
    def per_s(self) -> float:
        return self.count / _UNITS_S[self.unit]

    def __str__(self) -> str:
        """As `parse` reads it: `600/min`."""
        return f"{self.count:.15g}/{self.unit}"
