"""Plots of bars as SVG, for pages in light and in dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

_WIDTH, _LABEL, _VALUE = 680, 190, 70
_BAR, _GAP, _GROUP_GAP = 18, 5, 16
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #333 }
.title { font-weight: 600 }
.first { fill: #9a9a9a } .other { fill: #2f6f8f }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .first { fill: #777 } .other { fill: #6fb3d2 }
}
"""


class Bar(NamedTuple):
    label: str
    value: float


def bars(title: str, groups: Mapping[str, Sequence[Bar]]) -> str:
    """Horizontal bars from nought; in a group with a name, the first is grey: the measure."""
    most = max(bar.value for group in groups.values() for bar in group)
    parts, y = [f'<text class="title" x="0" y="14">{escape(title)}</text>'], 28
    for name, group in groups.items():
        if name:
            parts.append(f'<text x="0" y="{y + 13}">{escape(name)}</text>')
            y += _BAR + _GAP
        for index, bar in enumerate(group):
            width = max(1, round((_WIDTH - _LABEL - _VALUE) * bar.value / most))
            kind = "first" if name and index == 0 else "other"
            parts += [
                f'<text x="{_LABEL - 8}" y="{y + 13}" text-anchor="end">{escape(bar.label)}</text>',
                f'<rect class="{kind}" x="{_LABEL}" y="{y}" width="{width}" height="{_BAR}"/>',
                f'<text x="{_LABEL + width + 6}" y="{y + 13}">{bar.value:,.0f}</text>',
            ]
            y += _BAR + _GAP
        y += _GROUP_GAP
    body = "\n".join(parts)
    label = escape(title, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" role="img" '
        f'aria-label="{label}">\n<style>{_STYLE}</style>\n{body}\n</svg>\n'
    )
