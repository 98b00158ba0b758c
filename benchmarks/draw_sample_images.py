"""Draw the pictures of the sample issues, with nothing but the standard library.

python benchmarks/draw_sample_images.py [DIR]     writes below DIR/issues, the repository by default
"""

from __future__ import annotations

import math
import random
import struct
import sys
import zlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

Colour = tuple[int, int, int]
Point = tuple[float, float]

WIDTH = 1120  # twice the 560 CSS pixels of a letter's column
ROWS_PER_PIXEL = 4


def hexed(text: str) -> Colour:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """`a` with `share` of `b`."""
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


class Canvas:
    """Rows of RGB bytes; shapes are polygons, smoothed by their coverage of each pixel."""

    def __init__(self, width: int, height: int, paper: Colour) -> None:
        self.width, self.height = width, height
        self.rows = [bytearray(bytes(paper) * width) for _ in range(height)]

    def row(self, y: int, colour: Colour) -> None:
        self.rows[y][:] = bytes(colour) * self.width

    def polygon(self, points: Sequence[Point], colour: Colour, opacity: float = 1.0) -> None:
        top = max(0, math.floor(min(y for _, y in points)))
        bottom = min(self.height, math.ceil(max(y for _, y in points)))
        edges = [
            (a, b) if a[1] < b[1] else (b, a)
            for a, b in zip(points, [*points[1:], points[0]], strict=True)
            if a[1] != b[1]
        ]
        for y in range(top, bottom):
            change = [0.0] * (self.width + 2)
            for step in range(ROWS_PER_PIXEL):
                at = y + (step + 0.5) / ROWS_PER_PIXEL
                cuts = sorted(
                    a[0] + (at - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
                    for a, b in edges
                    if a[1] <= at < b[1]
                )
                for left, right in zip(cuts[::2], cuts[1::2], strict=True):
                    self._cover(change, left, 1 / ROWS_PER_PIXEL)
                    self._cover(change, right, -1 / ROWS_PER_PIXEL)
            self._blend(self.rows[y], change, colour, opacity)

    def _cover(self, change: list[float], x: float, share: float) -> None:
        """From `x` on, `share` more of each pixel is covered."""
        x = min(max(x, 0.0), float(self.width))
        pixel = int(x)
        inside = x - pixel
        change[pixel] += share * (1 - inside)
        change[pixel + 1] += share * inside

    @staticmethod
    def _blend(row: bytearray, change: list[float], colour: Colour, opacity: float) -> None:
        covered = 0.0
        solid = bytes(colour)
        for x, difference in enumerate(change[:-2]):
            covered += difference
            if covered < 0.004:
                continue
            at = 3 * x
            share = min(covered, 1.0) * opacity
            if share > 0.996:
                row[at : at + 3] = solid
            else:
                old = (row[at], row[at + 1], row[at + 2])
                row[at : at + 3] = bytes(mix(old, colour, share))

    def box(self, x: float, y: float, w: float, h: float, colour: Colour, o: float = 1.0) -> None:
        self.polygon([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], colour, o)

    def line(self, a: Point, b: Point, thick: float, colour: Colour, opacity: float = 1.0) -> None:
        length = math.hypot(b[0] - a[0], b[1] - a[1]) or 1.0
        dx = (b[1] - a[1]) / length * thick / 2
        dy = -(b[0] - a[0]) / length * thick / 2
        corners = [
            (a[0] + dx, a[1] + dy),
            (b[0] + dx, b[1] + dy),
            (b[0] - dx, b[1] - dy),
            (a[0] - dx, a[1] - dy),
        ]
        self.polygon(corners, colour, opacity)

    def disc(self, x: float, y: float, r: float, colour: Colour, opacity: float = 1.0) -> None:
        turns = [2 * math.pi * n / 72 for n in range(72)]
        self.polygon([(x + r * math.cos(t), y + r * math.sin(t)) for t in turns], colour, opacity)

    def stroke(self, points: Sequence[Point], thick: float, colour: Colour) -> None:
        """A line through `points` with round joints."""
        for a, b in pairwise(points):
            self.line(a, b, thick, colour)
        for x, y in points:
            self.disc(x, y, thick / 2, colour)

    def png(self) -> bytes:
        """The picture as a PNG file, each row with the filter that suits it best."""
        packed = zlib.compress(b"".join(self._filtered()), 9)
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )

    def _filtered(self) -> list[bytes]:
        above = bytes(3 * self.width)
        rows = []
        for row in self.rows:
            left = bytes(3) + row[:-3]
            choices = [
                b"\x00" + row,
                b"\x01" + bytes((a - b) & 255 for a, b in zip(row, left, strict=True)),
                b"\x02" + bytes((a - b) & 255 for a, b in zip(row, above, strict=True)),
            ]
            rows.append(min(choices, key=lambda c: sum(min(v, 256 - v) for v in c[1:])))
            above = bytes(row)
        return rows


# --- cranes over a berth at dusk -------------------------------------------------------------

SKY = [(0.0, "#2b3a4f"), (0.45, "#5d6478"), (0.75, "#b98a80"), (0.92, "#e9b98c"), (1.0, "#f3cf9f")]
DARK = hexed("#1c2530")


def sky_at(share: float) -> Colour:
    """The colour of the sky, from 0 at the zenith to 1 at the horizon."""
    for (low, a), (high, b) in pairwise(SKY):
        if share <= high:
            return mix(hexed(a), hexed(b), (share - low) / (high - low))
    return hexed(SKY[-1][1])


def cranes() -> Canvas:
    height, horizon, quay = 630, 392, 540
    canvas = Canvas(WIDTH, height, DARK)
    for y in range(horizon):
        canvas.row(y, sky_at(y / horizon))
    canvas.disc(250, 380, 46, hexed("#fbe3b4"))
    water(canvas, horizon, quay)
    hills = [
        (x, horizon - 16 - 15 * math.sin(x / 170) - 7 * math.sin(x / 61 + 1))
        for x in range(0, 1121, 8)
    ]
    canvas.polygon([(0, horizon), *hills, (WIDTH, horizon)], hexed("#5b5560"))
    canvas.line((84, 380), (84, 344), 5, hexed("#4b4852"))
    canvas.disc(84, 341, 4, hexed("#ffe9b0"))
    canvas.box(0, quay, WIDTH, height - quay, DARK)
    canvas.box(0, quay, WIDTH, 5, hexed("#3a4450"))
    containers(canvas, quay)
    crane(canvas, 372, quay, raised=True)
    crane(canvas, 862, quay, raised=False)
    for x in range(36, WIDTH, 92):
        canvas.box(x, quay - 9, 14, 9, hexed("#2a3440"))
        canvas.box(x - 3, quay - 12, 20, 5, hexed("#2a3440"))
    return canvas


def water(canvas: Canvas, horizon: int, quay: int) -> None:
    """The sky upside down, darker, with the last light on short ripples below the sun."""
    for y in range(horizon, quay):
        depth = (y - horizon) / (quay - horizon)
        canvas.row(y, mix(sky_at(1 - 0.8 * depth), hexed("#24303e"), 0.35 + 0.3 * depth))
    chance = random.Random(14)  # noqa: S311 - a picture, and the same one each time
    for _ in range(150):
        y = horizon + 3 + (quay - horizon - 8) * chance.random() ** 1.4
        spread = 26 + (y - horizon) * 0.7
        x = chance.gauss(250, spread)
        length = chance.uniform(10, 46)
        canvas.box(x - length / 2, y, length, 1.6, hexed("#f6d7a6"), chance.uniform(0.25, 0.75))


def containers(canvas: Canvas, quay: int) -> None:
    """Stacks at both ends of the quay, in the colours of iron that has been at sea."""
    chance = random.Random(7)  # noqa: S311 - as above
    colours = [hexed(c) for c in ("#6d3f37", "#3b5560", "#55604a", "#7a6440", "#43475a")]
    for left, stacks in ((0, (2, 3, 3, 1)), (WIDTH - 4 * 70, (1, 2, 4, 4))):
        for column, count in enumerate(stacks):
            for level in range(count):
                x, y = left + column * 70, quay - 26 * (level + 1)
                colour = mix(chance.choice(colours), DARK, 0.35)
                canvas.box(x + 1, y + 1, 68, 25, colour)
                for rib in range(1, 9):
                    canvas.box(x + 1 + rib * 7.5, y + 3, 1.5, 21, mix(colour, DARK, 0.4))
                canvas.box(x + 1, y + 1, 68, 1.5, mix(colour, hexed("#f0c896"), 0.3))


def crane(canvas: Canvas, x: float, quay: float, *, raised: bool) -> None:
    """A ship-to-shore gantry crane in outline; its boom points left, over the water, or up."""
    deck, top = quay - 236, quay - 330
    for leg in (x, x + 92):
        canvas.line((leg, quay), (leg + (4 if leg == x else -4), deck), 9, DARK)
        canvas.box(leg - 16, quay - 10, 32, 10, DARK)
    canvas.line((x, quay - 92), (x + 92, quay - 92), 7, DARK)
    canvas.line((x + 2, quay - 92), (x + 88, deck), 4, DARK)
    canvas.line((x + 90, quay - 92), (x + 4, deck), 4, DARK)
    canvas.box(x - 6, deck - 8, 236, 11, DARK)
    canvas.box(x + 116, deck - 36, 62, 30, DARK)
    canvas.line((x + 6, deck), (x + 28, top), 7, DARK)
    canvas.line((x + 88, deck), (x + 28, top), 6, DARK)
    canvas.line((x + 28, top), (x + 226, deck - 4), 3, DARK)
    hinge = (x - 4.0, deck - 2.0)
    angle = math.radians(105 if raised else 180)
    tip = (hinge[0] + 230 * math.cos(angle), hinge[1] - 230 * math.sin(angle))
    canvas.line(hinge, tip, 10, DARK)
    for share in (0.5, 0.97):
        stay = (hinge[0] + (tip[0] - hinge[0]) * share, hinge[1] + (tip[1] - hinge[1]) * share)
        canvas.line((x + 28, top), stay, 2.5, DARK)
    if not raised:
        canvas.box(x - 150, deck + 3, 34, 12, DARK)
        for rope in (-144, -124):
            canvas.line((x + rope, deck + 12), (x + rope, deck + 74), 2, DARK)
        canvas.box(x - 156, deck + 74, 46, 7, DARK)
    canvas.disc(x + 28, top - 4, 4, hexed("#f2705a"))
    canvas.disc(*tip, 4, hexed("#f2705a"))
    canvas.box(x + 128, deck - 26, 10, 8, hexed("#ffe0a0"))


# --- ships at anchor -------------------------------------------------------------------------

SHIPS = (4, 3, 4, 5, 4, 8, 11, 11, 10, 11, 11, 8, 5, 4)  # November 13 to 26
INK, PAPER, RULE = hexed("#5f5a52"), hexed("#fffefb"), hexed("#d9d4ca")


def arc(x: float, y: float, rx: float, ry: float, turns: tuple[float, float]) -> list[Point]:
    """Points on an ellipse; degrees count clockwise from the right."""
    start, end = turns
    steps = max(6, int(abs(end - start) / 10))
    angles = [math.radians(start + (end - start) * n / steps) for n in range(steps + 1)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


#: Digits as strokes in a box of 6 by 10.
DIGITS: dict[str, list[list[Point]]] = {
    "0": [arc(3, 5, 2.7, 4.7, (0, 360))],
    "1": [[(1.2, 2), (3.4, 0.4), (3.4, 9.7)]],
    "2": [[*arc(3, 2.9, 2.5, 2.6, (-170, 35)), (0.5, 9.7), (5.6, 9.7)]],
    "3": [arc(2.9, 2.6, 2.2, 2.3, (-160, 90)), arc(2.9, 7.2, 2.6, 2.5, (-90, 165))],
    "4": [[(4.4, 9.7), (4.4, 0.4), (0.4, 6.9), (5.8, 6.9)]],
    "5": [[(5.2, 0.4), (1.3, 0.4), (0.9, 4.7), *arc(3, 6.7, 2.6, 3.0, (-130, 150))]],
    "6": [[(4.6, 0.4), *arc(3, 6.9, 2.6, 2.8, (-160, 200))]],
    "7": [[(0.4, 0.4), (5.6, 0.4), (2.2, 9.7)]],
    "8": [arc(3, 2.6, 2.1, 2.2, (0, 360)), arc(3, 7.2, 2.6, 2.5, (0, 360))],
    "9": [[*arc(3, 3.1, 2.6, 2.8, (20, 380)), (1.4, 9.7)]],
}


def number(canvas: Canvas, text: str, at: Point, size: float, colour: Colour) -> None:
    """Write digits, centred on `at`."""
    unit = size / 10
    left = at[0] - (len(text) * 7.6 - 1.6) * unit / 2
    for place, digit in enumerate(text):
        for path in DIGITS[digit]:
            moved = [(left + (place * 7.6 + x) * unit, at[1] + (y - 5) * unit) for x, y in path]
            canvas.stroke(moved, size / 9, colour)


def waiting() -> Canvas:
    height, floor, unit = 520, 444, 32
    left, step, bar = 96, 70, 42
    canvas = Canvas(WIDTH, height, PAPER)
    for level in (0, 4, 8, 12):
        y = floor - level * unit
        canvas.box(left - 18, y - 1, WIDTH - left - 14, 2, INK if level == 0 else RULE)
        number(canvas, str(level), (46, y), 26, INK)
    for day, ships in enumerate(SHIPS):
        x = left + 4 + day * step
        colour = hexed("#0b5a75") if ships < 8 else hexed("#b5602c")
        canvas.box(x, floor - ships * unit, bar, ships * unit - 1, colour)
        number(canvas, str(13 + day), (x + bar / 2, floor + 36), 24, INK)
    for day in (5, 6, 11):
        middle = left + 4 + day * step + bar / 2
        number(canvas, str(SHIPS[day]), (middle, floor - SHIPS[day] * unit + 25), 22, PAPER)
    return canvas


def main() -> None:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    for name, picture in (
        ("2026-014/images/cranes", cranes()),
        ("2026-015/images/waiting", waiting()),
    ):
        path = root / "issues" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture.png())
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
