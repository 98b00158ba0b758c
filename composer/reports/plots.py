"""Plots as SVG: drawn by hand, readable without them, with no script and nothing from elsewhere.

Colours are classes, so that the page's style sheet decides for light and for dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape

from composer.model.delivery import Status
from composer.reports.figures import Timeline

#: From the bottom of a bar to its top, and from left to right.
ORDER = (
    Status.ACCEPTED,
    Status.UNKNOWN,
    Status.DEFERRED,
    Status.REFUSED,
    Status.ATTEMPTING,
    Status.PLANNED,
)
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 720, 160, 52, 22
_LABEL = 72  #: room for one of the times below


def share_bar(counts: Mapping[str, int], *, label: str) -> str:
    """One bar over the whole width, divided as `counts` are; the keys are class names."""
    total = sum(counts.values())
    if not total:
        return ""
    parts, x = [], 0.0
    for name, count in counts.items():
        width = 100 * count / total
        if count:
            parts.append(
                f'<rect class="{escape(name)}" x="{x:.3f}%" width="{width:.3f}%" height="100%">'
                f"<title>{escape(name)}: {count:,}</title></rect>"
            )
        x += width
    return f'<svg class="share" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'


def timeline_plot(timeline: Timeline) -> str:
    """A bar for each step, stacked by status; `""` when nothing has happened."""
    highest = max((moment.total for moment in timeline.moments), default=0)
    if not highest:
        return ""
    top = _round_up(highest)
    label = (
        f"{sum(m.total for m in timeline.moments):,} outcomes over {_span(timeline)}, "
        f"at most {highest:,} in {_step(timeline.step_s)}"
    )
    body = "".join([*_grid(top), *_bars(timeline, top), *_times(timeline)])
    return (
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT + _BOTTOM}" role="img" '
        f'aria-label="{escape(label)}">{body}</svg>'
    )


def _bars(timeline: Timeline, top: int) -> Iterator[str]:
    room = (_WIDTH - _LEFT) / len(timeline.moments)
    wide = max(1.0, min(room - 1.5, 28.0))
    for n, moment in enumerate(timeline.moments):
        y = float(_HEIGHT)
        for status in ORDER:
            if count := moment.counts.get(status, 0):
                tall = count / top * (_HEIGHT - 8)
                y -= tall
                yield (
                    f'<rect class="{status}" x="{_LEFT + n * room:.2f}" y="{y:.2f}" '
                    f'width="{wide:.2f}" height="{tall:.2f}"><title>{_clock(moment.at)}: '
                    f"{count:,} {status}</title></rect>"
                )


def _grid(top: int) -> Iterator[str]:
    for part in (0, 0.5, 1):
        y = _HEIGHT - part * (_HEIGHT - 8)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        if part:
            value = top * part
            told = f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
            yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{told}</text>'


def _times(timeline: Timeline) -> Iterator[str]:
    """As many as have room: the first, and each so many steps later."""
    count = len(timeline.moments)
    every = max(1, -(-count // 6))
    room = (_WIDTH - _LEFT) / count
    for n in range(0, count, every):
        x, at = _LEFT + n * room, timeline.moments[n].at
        if n and x > _WIDTH - _LABEL:
            return
        yield f'<text x="{x:.1f}" y="{_HEIGHT + 16}">{_clock(at, step_s=timeline.step_s)}</text>'


def bars(rows: Sequence[tuple[str, Mapping[str, int], str]], *, label: str) -> str:
    """A table with a bar in each row, as long as its sum is beside the largest."""
    longest = max((sum(counts.values()) for _, counts, _ in rows), default=0)
    if not longest:
        return ""
    lines = [
        f'<tr><th scope="row">{escape(name)}</th><td class="length">{_bar(counts, longest)}</td>'
        f'<td class="n">{escape(told)}</td></tr>'
        for name, counts, told in rows
    ]
    return (
        f'<table class="bars"><caption class="sr">{escape(label)}</caption>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _bar(counts: Mapping[str, int], longest: int) -> str:
    parts, x = [], 0.0
    for name, count in counts.items():
        wide = 100 * count / longest
        parts.append(
            f'<rect class="{escape(name)}" x="{x:.3f}%" width="{wide:.3f}%" height="100%">'
            f"<title>{escape(name)}: {count:,}</title></rect>"
        )
        x += wide
    return f'<svg aria-hidden="true">{"".join(parts)}</svg>'


def legend(names: Iterable[str]) -> str:
    """What the colours mean."""
    items = (f'<li><i class="{escape(n)}"></i>{escape(n)}</li>' for n in names)
    return f'<ul class="legend">{"".join(items)}</ul>'


def _round_up(value: int) -> int:
    """The next of 1, 2, 5, 10, 20 … for the top of an axis."""
    size = 1
    while True:
        for step in (1, 2, 5):
            if step * size >= value:
                return step * size
        size *= 10


def _step(seconds: int) -> str:
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds % size == 0:
            count = seconds // size
            return f"a {word}" if count == 1 else f"{count} {word}s"
    return "a second" if seconds == 1 else f"{seconds} seconds"


def _span(timeline: Timeline) -> str:
    return _step(len(timeline.moments) * timeline.step_s)


def _clock(at: int, *, step_s: int = 1) -> str:
    """In UTC, as fine as the steps are."""
    form = "%Y-%m-%d" if step_s >= 86_400 else "%d %b %H:%M" if step_s >= 3_600 else "%H:%M:%S"
    return datetime.fromtimestamp(at, UTC).strftime(form)
