"""What a value of the front matter may be: each parser returns it, or tells why it cannot stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date

from composer.model.ab_test import AbTest, Metric, read_ab_test
from composer.model.issue import Position
from composer.reading.desk import nfc
from composer.reading.site_values import Wrong, locale, shown
from composer.reading.suggest import near
from composer.reading.yaml_places import Items, Node, Pairs, Scalar

#: Called with the place, what is wrong there, and what to write instead.
Tell = Callable[[Position, str, str], None]

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
ARCHIVES = ("public", "members", "never")


def line(node: Node, tell: Tell) -> str | None:
    """One line of text, in NFC."""
    if not isinstance(node, Scalar) or node.kind != "text":
        tell(node.at, f"{_told(node)} is not text", f"write it in quotes: {_quoted(node)}")
        return None
    if "\n" in node.text.rstrip("\n"):
        tell(node.at, "it has more than one line", "write it on one line")
        return None
    text = nfc(node.text.strip())
    if not text:
        tell(node.at, "it is empty", "write something, or leave the key out")
    return text or None


def _told(node: Node) -> str:
    return shown(node.text) if isinstance(node, Scalar) else node.kind


def _quoted(node: Node) -> str:
    if isinstance(node, Pairs):  # what YAML makes of {{ … }} without quotes
        return '"Dear {{ subscriber.first_name }}"'
    return f'"{node.text[:40]}"' if isinstance(node, Scalar) else '"…"'


def schema(node: Node, tell: Tell) -> str | None:
    """The version of the format; there is one so far."""
    if isinstance(node, Scalar) and node.text == "1":
        return "1"
    tell(node.at, f"{_told(node)} is not a schema that this version reads", "schema: 1")
    return None


def number(node: Node, tell: Tell) -> str | None:
    """The issue's number, as written: `7`, `014`, `2026/4`."""
    if isinstance(node, Scalar) and node.kind == "a number":
        return node.text
    return line(node, tell)


def day(node: Node, tell: Tell) -> date | None:
    """A date of the calendar, YYYY-MM-DD."""
    text = node.text.strip() if isinstance(node, Scalar) else ""
    found = _DAY.fullmatch(text)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        tell(node.at, f"{text} is not in the calendar", "write year, month, day: 2026-11-20")
        return None
    began = _DAY.match(text)
    hint = f"write only {began[0]}" if began else "write it as 2026-11-20: year, month, day"
    tell(node.at, f"{_told(node)} is not a date", hint)
    return None


def names(node: Node, tell: Tell) -> tuple[str, ...] | None:
    """A list of names, each a line of text."""
    if not isinstance(node, Items):
        example = node.text if isinstance(node, Scalar) and node.text else "Mira Okafor, Jonas Lind"
        tell(node.at, f"{_told(node)} is not a list", f"write it as [{example[:60]}]")
        return None
    read = [line(item, tell) for item in node.items]
    return tuple(name for name in read if name is not None)


def tongue(node: Node, tell: Tell) -> str | None:
    """A language with perhaps a script and a region (BCP 47), in its usual case."""
    text = line(node, tell)
    try:
        return locale(text) if text is not None else None
    except Wrong as wrong:
        tell(node.at, wrong.problem, wrong.hint)
        return None


def archive(node: Node, tell: Tell) -> str | None:
    """Who may see the issue in the archive."""
    return one_of(ARCHIVES, node, tell)


def one_of(words: Iterable[str], node: Node, tell: Tell) -> str | None:
    text = node.text if isinstance(node, Scalar) else ""
    if text in words:
        return text
    tell(node.at, f"{_told(node)} is not one of {', '.join(words)}", near(text, words))
    return None


_AB_TEST = {
    "sample": (re.compile(r"[1-9]\d?%"), "a part of the readers, up to 99%: 20%"),
    "wait": (re.compile(r"[1-9]\d{0,3}[mhd]"), "a time: 30m, 4h or 1d"),
}


def ab_test(node: Node, tell: Tell) -> AbTest | None:
    """How the variants of the subject are tried: `{ sample: 20%, wait: 4h, metric: clicks }`."""
    if not isinstance(node, Pairs):
        tell(node.at, f"{_told(node)} is not a test", "{ sample: 20%, wait: 4h, metric: clicks }")
        return None
    words = []
    for key, value in node.values.items():
        if key == "metric":
            words.append(_metric(value, tell) or "")
        elif key not in _AB_TEST:
            tell(node.keys[key], f"unknown key {key!r}", near(key, [*_AB_TEST, "metric"]))
        elif not isinstance(value, Scalar) or not _AB_TEST[key][0].fullmatch(value.text):
            tell(value.at, f"{_told(value)} cannot be {key!r}", _AB_TEST[key][1])
        else:
            words.append(value.text)
    return read_ab_test(" ".join(words)) if any(words) else AbTest()


def _metric(node: Node, tell: Tell) -> str | None:
    if isinstance(node, Scalar) and node.text == "opens":
        tell(node.at, "most opens are made by machines, not by readers", "clicks or replies")
        return None
    return one_of(tuple(Metric), node, tell)
