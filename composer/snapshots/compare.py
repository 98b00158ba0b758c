"""Two renditions compared: what a reader would notice, and then what only programs do."""

from __future__ import annotations

import email
import email.policy
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from composer.sending.sample import SAMPLE_TOKEN
from composer.snapshots.change import Change, Difference, Kind, Sizes
from composer.snapshots.items import link_changes, picture_changes
from composer.snapshots.markup import markup_change
from composer.snapshots.page import Page, Part, page_of
from composer.snapshots.plain import parts_of
from composer.snapshots.sections import Pair, pairs
from composer.snapshots.words import hunks, joined, words_of

_EDGES = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True, slots=True)
class Seen:
    """One side: the laid-out HTML, the text, the headers, and how many bytes the HTML has."""

    html: str
    txt: str
    headers: str
    html_bytes: int = 0
    stamp: str = ""  #: of the very bytes; two sides with different ones are not the same


def compare(name: str, before: Seen, after: Seen) -> Difference:
    """What became different; nothing is told of what is the same."""
    changes = [*_headers(before.headers, after.headers)]
    if (before.html, before.stamp) != (after.html, after.stamp):
        old, new = _page(before), _page(after)
        told = [*_preheader(old, new), *_sections(old.parts, new.parts)]
        changes += told
        changes += markup_change(before.html, after.html, words_told=bool(told))
    if before.txt != after.txt:
        changes += _text(before.txt, after.txt, changes)
    sizes = Sizes(
        before.html_bytes, after.html_bytes, len(before.txt.encode()), len(after.txt.encode())
    )
    return Difference(name, tuple(changes), sizes)


def _page(seen: Seen) -> Page:
    return page_of(seen.html, footer_mark=SAMPLE_TOKEN)


# --- what the inbox shows -----------------------------------------------------------------


def _headers(before: str, after: str) -> Iterator[Change]:
    if before == after:
        return
    old, new = _read_headers(before), _read_headers(after)
    told = False
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name, ""), new.get(name, "")
        if was != now:
            told = True
            kind = Kind.SUBJECT if name == "Subject" else Kind.HEADER
            yield Change(kind, before=was, after=now, label=name)
    if not told:
        yield Change(Kind.HEADER, label="(how the lines are folded or ordered)")


def _read_headers(block: str) -> dict[str, str]:
    message = email.message_from_string(f"{block}\n", policy=email.policy.default)
    return {name: str(value) for name, value in message.items()}


def _preheader(old: Page, new: Page) -> Iterator[Change]:
    if old.preheader != new.preheader:
        yield Change(Kind.PREHEADER, before=old.preheader, after=new.preheader)


# --- what the letter shows ----------------------------------------------------------------


def _sections(old: Sequence[Part], new: Sequence[Part]) -> Iterator[Change]:
    for pair in pairs(old, new):
        yield from _section(pair)


def _section(pair: Pair) -> Iterator[Change]:
    before, after = pair.before, pair.after
    if before is None and after is not None:
        yield Change(Kind.SECTION_ADDED, after.heading, after=joined(after.words))
        yield from link_changes(Part("", ()), after)
        yield from picture_changes(Part("", ()), after)
    elif after is None and before is not None:
        yield Change(Kind.SECTION_REMOVED, before.heading, before=joined(before.words))
    elif before is not None and after is not None:
        if pair.moved:
            yield Change(Kind.SECTION_MOVED, after.heading)
        yield from _words(Kind.WORDS, before, after)
        yield from link_changes(before, after)
        yield from picture_changes(before, after)


def _words(kind: Kind, before: Part, after: Part) -> Iterator[Change]:
    for hunk in hunks(before.words, after.words):
        yield Change(
            kind,
            after.heading,
            before=joined(hunk.before),
            after=joined(hunk.after),
            lead=joined(hunk.lead),
            trail=joined(hunk.trail),
        )


# --- the plain text -----------------------------------------------------------------------


def _text(before: str, after: str, told: Sequence[Change]) -> Iterator[Change]:
    """Words of the text that the changes of the HTML do not account for."""
    known_before = Counter(w for c in told for w in _bare(f"{c.before} {c.label}"))
    known_after = Counter(w for c in told for w in _bare(f"{c.after} {c.label}"))
    any_words = False
    for pair in pairs(parts_of(before), parts_of(after)):
        old = pair.before or Part(pair.after.heading if pair.after else "", ())
        new = pair.after or Part(old.heading, ())
        for change in _words(Kind.TEXT, old, new):
            any_words = True
            if _bare(change.before) - known_before or _bare(change.after) - known_after:
                yield change
    if not any_words and all(c.kind in (Kind.SUBJECT, Kind.HEADER) for c in told):
        count = len(list(hunks(before.split("\n"), after.split("\n"))))
        yield Change(Kind.TEXT_LINES, count=count)


def _bare(text: str) -> Counter[str]:
    """The words without the punctuation around them, each once."""
    bare = {_EDGES.sub("", word) for word in words_of(text)} - {""}
    return Counter(dict.fromkeys(bare, 1))
