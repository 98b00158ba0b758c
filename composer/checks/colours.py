"""Colours as style sheets write them, and how well one can be read on another (WCAG 2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

#: Red, green and blue from 0 to 255, and the share that covers what is below.
Colour = tuple[float, float, float, float]

WHITE: Colour = (255, 255, 255, 1)
BLACK: Colour = (0, 0, 0, 1)

_NAMED = {
    "aqua": "00ffff", "beige": "f5f5dc", "black": "000000", "blue": "0000ff", "brown": "a52a2a",
    "coral": "ff7f50", "crimson": "dc143c", "cyan": "00ffff", "darkblue": "00008b",
    "darkgray": "a9a9a9", "darkgreen": "006400", "darkgrey": "a9a9a9", "darkred": "8b0000",
    "dimgray": "696969", "dimgrey": "696969", "firebrick": "b22222", "fuchsia": "ff00ff",
    "gainsboro": "dcdcdc", "gold": "ffd700", "gray": "808080", "green": "008000",
    "grey": "808080", "indigo": "4b0082", "ivory": "fffff0", "khaki": "f0e68c",
    "lightblue": "add8e6", "lightgray": "d3d3d3", "lightgreen": "90ee90", "lightgrey": "d3d3d3",
    "lightyellow": "ffffe0", "lime": "00ff00", "magenta": "ff00ff", "maroon": "800000",
    "navy": "000080", "olive": "808000", "orange": "ffa500", "orangered": "ff4500",
    "pink": "ffc0cb", "purple": "800080", "red": "ff0000", "royalblue": "4169e1",
    "silver": "c0c0c0", "skyblue": "87ceeb", "slategray": "708090", "slategrey": "708090",
    "snow": "fffafa", "steelblue": "4682b4", "tan": "d2b48c", "teal": "008080",
    "tomato": "ff6347", "violet": "ee82ee", "white": "ffffff", "whitesmoke": "f5f5f5",
    "yellow": "ffff00",
}  # fmt: skip
_HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_RGB = re.compile(r"rgba?\(([^()]*)\)")


@lru_cache(maxsize=1024)
def colour_of(text: str) -> Colour | None:
    """A colour as CSS or an HTML attribute writes it; None for what is not understood."""
    text = text.strip().lower()
    if text == "transparent":
        return (0, 0, 0, 0)
    if found := _HEX.fullmatch(f"#{_NAMED[text]}" if text in _NAMED else text):
        return _of_hex(found[1])
    if found := _RGB.fullmatch(text):
        return _of_function(found[1])
    return None


def _of_hex(digits: str) -> Colour:
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue, *alpha = (int(digits[at : at + 2], 16) for at in range(0, len(digits), 2))
    return (red, green, blue, alpha[0] / 255 if alpha else 1)


def _of_function(inside: str) -> Colour | None:
    try:
        numbers = [
            _number(part, at) for at, part in enumerate(re.split(r"[\s,/]+", inside.strip()))
        ]
    except ValueError:
        return None
    if len(numbers) not in {3, 4}:
        return None
    red, green, blue, *alpha = numbers
    return (red, green, blue, alpha[0] if alpha else 1)


def _number(text: str, at: int) -> float:
    most = 1 if at == 3 else 255
    value = float(text.removesuffix("%")) * (most / 100 if text.endswith("%") else 1)
    return max(0, min(value, most))


def over(top: Colour, below: Colour) -> Colour:
    """What is seen where `top` lies on an opaque `below`."""
    share = top[3]
    red, green, blue = (
        t * share + b * (1 - share) for t, b in zip(top[:3], below[:3], strict=True)
    )
    return (red, green, blue, 1)


@lru_cache(maxsize=1024)
def contrast(one: Colour, other: Colour) -> float:
    """From 1 to 21; the order does not matter."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    """WCAG 2.2, relative luminance."""
    red, green, blue = (_linear(part / 255) for part in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def hexed(colour: Colour) -> str:
    """`#rrggbb`."""
    return "#" + "".join(f"{round(part):02x}" for part in colour[:3])


def nearest_passing(text: Colour, ground: Colour, ratio: float) -> str:
    """The colour most like `text` that has at least `ratio` on `ground`, as `#rrggbb`.

    It is mixed with black or with white, whichever changes it less; one of the two always
    reaches 4.5 on any ground.
    """
    for share in range(101):
        for mixed in _mixed(text, share / 100):
            if contrast(colour_of(hexed(mixed)) or mixed, ground) >= ratio:
                return hexed(mixed)
    return hexed(max((BLACK, WHITE), key=lambda end: contrast(end, ground)))


def _mixed(colour: Colour, share: float) -> Iterator[Colour]:
    for end in (BLACK, WHITE):
        red, green, blue = (c + (e - c) * share for c, e in zip(colour[:3], end[:3], strict=True))
        yield (red, green, blue, 1)
