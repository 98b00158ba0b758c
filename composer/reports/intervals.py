"""How much a part of a sample says of everybody: 95 % intervals, and what is noise."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from composer.model.ab_test import Figure

#: The quantile of the normal distribution that leaves 2.5 % on each side.
Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, parts of one."""

    low: float
    high: float


def wilson(figure: Figure, z: float = Z_95) -> Interval:
    """Where the true rate lies (Wilson's score interval): good for few and for none at all."""
    n = figure.accepted
    if not n:
        return Interval(0.0, 1.0)
    p, zz = min(1.0, figure.rate), z * z
    middle = (p + zz / (2 * n)) / (1 + zz / n)
    spread = z / (1 + zz / n) * sqrt(p * (1 - p) / n + zz / (4 * n * n))
    return Interval(max(0.0, middle - spread), min(1.0, middle + spread))


def difference(one: Figure, other: Figure) -> Interval:
    """Where `one`'s rate minus `other`'s lies (Newcombe 1998, his method 10)."""
    a, b = wilson(one), wilson(other)
    p, q = min(1.0, one.rate), min(1.0, other.rate)
    low = p - q - sqrt((p - a.low) ** 2 + (b.high - q) ** 2)
    high = p - q + sqrt((a.high - p) ** 2 + (q - b.low) ** 2)
    return Interval(max(-1.0, low), min(1.0, high))


def is_noise(one: Figure, other: Figure) -> bool:
    """Whether chance alone may well have made the difference."""
    found = difference(one, other)
    return found.low <= 0.0 <= found.high
