"""Differences in words for people: on a terminal, or as Markdown for a pull request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from composer.snapshots.change import Change, Kind, Sizes
from composer.snapshots.judge import Group, Verdict
from composer.snapshots.words import placed, words_of

#: More words than these of one change are counted and not shown; `--json` has them all.
_MOST_WORDS = 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_MARKDOWN = re.compile(r"([\\`*_~\[\]<>|#&])")


@dataclass(frozen=True, slots=True)
class Style:
    """How something is made to stand out; each takes and gives plain text."""

    title: Callable[[str], str]
    section: Callable[[str], str]
    gone: Callable[[str], str]
    new: Callable[[str], str]
    verbatim: Callable[[str], str]  #: what a person wrote for programs: URLs, tags
    words: Callable[[str], str]
    bullet: str
    indent: str


def _same(text: str) -> str:
    return text


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def _code(text: str) -> str:
    return f"`{text.replace('`', 'ˋ')}`" if text else ""


PLAIN = Style(
    title=_same,
    section=_same,
    gone=lambda text: f"[-{text}-]",
    new=lambda text: f"{{+{text}+}}",
    verbatim=_same,
    words=_same,
    bullet="    ",
    indent="  ",
)
COLOURED = Style(
    title=lambda text: f"\x1b[1m{text}\x1b[0m",
    section=lambda text: f"\x1b[36m{text}\x1b[0m",
    gone=lambda text: f"\x1b[31;9m{text}\x1b[0m",
    new=lambda text: f"\x1b[32m{text}\x1b[0m",
    verbatim=_same,
    words=_same,
    bullet="    ",
    indent="  ",
)
HYPERTEXT = Style(
    title=lambda text: f"<b>{escape(text)}</b>",
    section=lambda text: f"<b>{escape(text)}</b>",
    gone=lambda text: f"<del>{escape(text)}</del>",
    new=lambda text: f"<ins>{escape(text)}</ins>",
    verbatim=escape,
    words=escape,
    bullet="    ",
    indent="  ",
)
MARKDOWN = Style(
    title=lambda text: f"### {_escaped(text)}",
    section=lambda text: f"**{_escaped(text)}**",
    gone=lambda text: f"~~{_escaped(text)}~~",
    new=lambda text: f"**{_escaped(text)}**",
    verbatim=_code,
    words=_escaped,
    bullet="  - ",
    indent="- ",
)


def told(verdicts: Sequence[Verdict], style: Style) -> str:
    """Everything that is not as it was; `""` when all is."""
    return "\n".join(line for v in verdicts if not v.clean for line in _issue(v, style))


def _issue(verdict: Verdict, style: Style) -> Iterator[str]:
    yield style.title(f"{verdict.issue_id}: {_summary(verdict)}")
    if style is MARKDOWN:
        yield ""
    if verdict.missing:
        head = f"not there at {verdict.since}" if verdict.since else "not approved yet"
        yield f"{style.indent}{style.words(f'{head}: {_names(verdict.missing)}')}"
    if verdict.left_over:
        head = "no more there" if verdict.since else "left over"
        yield f"{style.indent}{style.words(f'{head}: {_names(verdict.left_over)}')}"
    for group in verdict.groups:
        yield from _group(group, verdict, style)
    if verdict.differences:
        largest = max(verdict.differences, key=lambda d: d.sizes.html_after)
        yield f"{style.indent}size of {largest.name}: {sizes_text(largest.sizes)}"
    if style is MARKDOWN:
        yield ""


def _summary(verdict: Verdict) -> str:
    if verdict.since and len(verdict.missing) == verdict.renditions:
        return f"a new issue (of {verdict.renditions} renditions)"
    counts = (
        (len(verdict.differences), "changed"),
        (len(verdict.missing), "new"),
        (len(verdict.left_over), "no more there" if verdict.since else "left over"),
    )
    said = ", ".join(f"{count} {what}" for count, what in counts if count)
    return f"{said} (of {verdict.renditions} renditions)"


def _names(names: Sequence[str]) -> str:
    return ", ".join(_clean(name) for name in names)


def _group(group: Group, verdict: Verdict, style: Style) -> Iterator[str]:
    whole = len(group.names) == verdict.renditions > 1
    names = f"all {verdict.renditions} renditions" if whole else _names(group.names)
    yield f"{style.indent}{style.words(names)}"
    section = None
    markup_told = False
    for change in group.changes:
        if change.section != section and change.section:
            yield f"{style.bullet}{style.section(_clean(change.section))}"
        section = change.section
        again = change.kind is Kind.MARKUP and markup_told
        markup_told = markup_told or change.kind is Kind.MARKUP
        depth = "  " if change.section else ""
        yield f"{depth}{style.bullet}{_line(change, style, again=again)}"


def sizes_text(sizes: Sizes) -> str:
    """`HTML 31,469 → 31,470 bytes, text 7,043`."""
    html = _size(sizes.html_before, sizes.html_after)
    return f"HTML {html}, text {_size(sizes.text_before, sizes.text_after)} bytes"


def _size(before: int, after: int) -> str:
    return f"{after:,}" if before == after else f"{before:,} → {after:,}"


def _line(change: Change, style: Style, *, again: bool) -> str:
    if change.kind is Kind.MARKUP:
        head = "" if again else f"the markup differs: {_lines(change.count)}; "
        return f"{head}{_arrow(change, style)}"
    return _SENTENCES[change.kind](change, style)


def _in_context(change: Change, style: Style) -> str:
    lead = f"… {change.lead} " if change.lead else ""
    trail = f" {change.trail} …" if change.trail else ""
    return f"{_words(lead, style)}{_both(change, style)}{_words(trail, style)}"


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"


def _label(change: Change, style: Style) -> str:
    return style.words(f"“{_short(change.label)}”") if change.label else "without text"


def _both(change: Change, style: Style) -> str:
    gone = style.gone(_short(change.before)) if change.before else ""
    new = style.new(_short(change.after)) if change.after else ""
    return " ".join(filter(None, (gone, new)))


def _within(change: Change, style: Style) -> str:
    """A whole line with the words in it that changed."""
    old, new = words_of(_clean(change.before)), words_of(_clean(change.after))
    pieces: list[str] = []
    at = 0
    for start, hunk in placed(old, new):
        if start > at:
            pieces.append(style.words(" ".join(new[at:start])))
        pieces += [style.gone(" ".join(hunk.before))] if hunk.before else []
        pieces += [style.new(" ".join(hunk.after))] if hunk.after else []
        at = start + len(hunk.after)
    pieces.append(style.words(" ".join(new[at:])))
    return " ".join(filter(None, pieces))


def _arrow(change: Change, style: Style) -> str:
    before, after = (
        style.verbatim(_clean(text)) if text else "(none)" for text in (change.before, change.after)
    )
    return f"{before} → {after}"


def _words(text: str, style: Style) -> str:
    return style.words(_clean(text))


def _short(text: str) -> str:
    words = _clean(text).split(" ")
    if len(words) <= _MOST_WORDS:
        return " ".join(words)
    return f"{' '.join(words[:_MOST_WORDS])} … ({len(words) - _MOST_WORDS:,} more words)"


def _clean(text: str) -> str:
    """Nothing that could move a terminal's cursor or turn its text."""
    return _CONTROL.sub("\ufffd", text)


_SENTENCES: Mapping[Kind, Callable[[Change, Style], str]] = {
    Kind.WORDS: _in_context,
    Kind.TEXT: lambda c, s: f"in the plain text only: {_in_context(c, s)}",
    Kind.LINK: lambda c, s: f"link {_label(c, s)}: {_arrow(c, s)}",
    Kind.IMAGE: lambda c, s: f"picture {_label(c, s)}: {_arrow(c, s)}",
    Kind.ALT: lambda c, s: f"alternative text of a picture: {_within(c, s)}",
    Kind.SUBJECT: lambda c, s: f"subject: {_within(c, s)}",
    Kind.PREHEADER: lambda c, s: f"preheader: {_within(c, s)}",
    Kind.HEADER: lambda c, s: f"header {s.words(_clean(c.label))}: {_arrow(c, s)}",
    Kind.SECTION_ADDED: lambda c, s: f"new section: {s.new(_short(c.after))}",
    Kind.SECTION_REMOVED: lambda c, s: f"the section is gone: {s.gone(_short(c.before))}",
    Kind.SECTION_MOVED: lambda _c, _s: "the section stands elsewhere",
    Kind.TEXT_LINES: lambda c, _s: f"the plain text breaks {_lines(c.count)} otherwise",
}
