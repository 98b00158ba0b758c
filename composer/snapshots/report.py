"""One HTML page with everything that looks different: pictures beside what changed in words.

It is one file without scripts, to be opened anywhere or kept by a CI run.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape

from composer.snapshots.gallery import Frame, Gallery, State
from composer.snapshots.judge import Verdict
from composer.snapshots.telling import HYPERTEXT, told

_STYLE = """
:root { color-scheme: light dark; --ink: #1d1b18; --paper: #fffefb; --muted: #5f5a52;
  --rule: #d9d4ca; --gone: #9c1b33; --new: #14652f; }
@media (prefers-color-scheme: dark) { :root { --ink: #ece7dd; --paper: #1b1a18; --muted: #a8a196;
  --rule: #3d3a35; --gone: #ff9daf; --new: #8fd6a4; } }
body { margin: 2rem auto; max-width: 84rem; padding: 0 1rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { margin-top: 3rem; border-top: 1px solid var(--rule);
  padding-top: 1rem; } h3 { font-size: 1rem; margin: 2rem 0 .5rem; }
.muted, figcaption { color: var(--muted); font-size: .875rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: .875rem/1.5 ui-monospace, monospace;
  border-left: 3px solid var(--rule); padding-left: 1rem; }
del { color: var(--gone); } ins { color: var(--new); text-decoration: none; font-weight: 600; }
.row { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 1rem; }
figure { margin: 0; } img { max-width: 100%; border: 1px solid var(--rule); display: block; }
"""


def report(verdicts: Sequence[Verdict], galleries: Sequence[Gallery]) -> str:
    """The whole page; every picture that is not as approved is in it."""
    by_issue = {verdict.issue_id: verdict for verdict in verdicts}
    body = "".join(_issue(by_issue.get(g.issue_id), g) for g in galleries if _worth(by_issue, g))
    pictures = sum(len(gallery.frames) for gallery in galleries)
    same = sum(gallery.count(State.SAME) for gallery in galleries)
    head = f"{pictures} pictures, {same} of them as approved"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Snapshots</title><style>{_STYLE}</style></head><body>"
        f'<h1>Snapshots</h1><p class="muted">{head}</p>'
        f"{body or '<p>Everything looks as it was approved.</p>'}</body></html>\n"
    )


def _worth(verdicts: dict[str, Verdict], gallery: Gallery) -> bool:
    verdict = verdicts.get(gallery.issue_id)
    return not gallery.clean or (verdict is not None and not verdict.clean)


def _issue(verdict: Verdict | None, gallery: Gallery) -> str:
    words = told([verdict], HYPERTEXT) if verdict else ""
    parts = [f'<section><h2 id="{escape(gallery.issue_id)}">{escape(gallery.issue_id)}</h2>']
    parts.append(f"<pre>{words}</pre>" if words else '<p class="muted">The words are the same.</p>')
    parts += [_frame(frame) for frame in gallery.troubled]
    same = gallery.count(State.SAME)
    parts.append(f'<p class="muted">{same} pictures of this issue are as approved.</p></section>')
    return "".join(parts)


def _frame(frame: Frame) -> str:
    share = f"{frame.share:.2%} of the pixels" if frame.share else ""
    head = escape(", ".join(filter(None, (str(frame.state), share, frame.note))))
    row = "".join(_figures(frame))
    return (
        f'<h3>{escape(frame.name)} <span class="muted">{head}</span></h3>'
        f'<div class="row">{row}</div>'
    )


def _figures(frame: Frame) -> Iterator[str]:
    pictures = {"before": frame.before, "after": frame.after, "what differs": frame.marked}
    for title, png in pictures.items():
        if png:
            alt = escape(f"{frame.name}, {title}")
            data = base64.b64encode(png).decode()
            image = f'<img alt="{alt}" src="data:image/png;base64,{data}">'
            yield f"<figure><figcaption>{title}</figcaption>{image}</figure>"
