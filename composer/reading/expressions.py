"""`{{ subscriber.FIELD | default("…") }}`: the only language inside an issue."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from composer.model.issue import Expression
from composer.reading.marks import Mark
from composer.reading.source import Findings
from composer.reading.suggest import near
from composer.reading.vocabulary import ISSUE_NAMES, NEWSLETTER_NAMES, Vocabulary

_STRING = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
_WHOLE = re.compile(
    r"\{\{\s*(?P<root>\w+)\.(?P<name>\w+)\s*"
    rf"(?:\|\s*default\s*\(\s*(?P<default>{_STRING})\s*\)\s*)?\}}\}}"
)
ALLOWED = 'write {{ subscriber.FIELD | default("…") }}, {{ issue.X }} or {{ newsletter.X }}'

#: What people write instead, what is wrong with it, and what to write; the first match counts.
_MISTAKES = [
    (r"\{%", "statements are not part of an issue", ":::only segment=NAME holds text for some"),
    (r"\{#", "template comments are not part of an issue", "write <!-- comment -->"),
    (r"\{\{$", "{{ is not closed on its line", "close it with }} on the same line"),
    (r"\{\{\s*\}\}", "the expression is empty", ALLOWED),
    (r"\{\{\{", "one brace too many", "two on each side: {{ subscriber.first_name }}"),
    (r"[^\"']*[“”„‟‘’‚«»]", "the quotes are typographic", 'write straight quotes: default("…")'),
    (
        r"\{\{\s*\w+\.\w+\s*\|\s*default\s*(?:\(\s*\)|\}\})",
        "default needs a text",
        'write default("reader")',
    ),
    (
        r"\{\{\s*\w+\.\w+\s*\|\s*default\s*(?:[^\s(]|\(\s*[^\"'\s])",
        "the default is not in quotes and parentheses",
        'write default("reader")',
    ),
    (r"\{\{\s*\w+\.\w+\s*\|\s*\|", "one | is enough", ALLOWED),
    (r"\{\{\s*\w+\.\w+\s*\|\s*(?!default\b)\w+", "there is no filter but default", ALLOWED),
    (r"\{\{\s*\w+\.\w+\s*\|[^|]*\)\s*\|", "one filter is enough", ALLOWED),
    (r"\{\{\s*\w+(?:\.\w+){2,}", "a name has one dot", ALLOWED),
    (r"\{\{\s*\w+(?:\.\w+)*\s*\(", "calls are not part of an issue", ALLOWED),
]


def parse_expression(mark: Mark, vocabulary: Vocabulary, findings: Findings) -> Expression | None:
    """The expression of `mark`; None when it is wrong, which is then told."""
    found = _WHOLE.fullmatch(mark.text)
    if not found:
        _explain(mark, vocabulary, findings)
        return None
    root, name = (unicodedata.normalize("NFC", found[group]) for group in ("root", "name"))
    if root not in ("subscriber", "issue", "newsletter"):
        hint = near(root, ("subscriber", "issue", "newsletter"))
        findings.error("merge/unknown-name", mark.at, f"there is no {root!r}", hint)
        return None
    known = _known(root, vocabulary)
    if known is not None and name not in known:
        _unknown(mark, root, name, findings, known)
        return None
    return Expression(f"{root}.{name}", _default(found["default"]), mark.at)


def _known(root: str, vocabulary: Vocabulary) -> Iterable[str] | None:
    names = {"issue": ISSUE_NAMES, "newsletter": NEWSLETTER_NAMES}
    return vocabulary.fields if root == "subscriber" else names[root]


def _unknown(mark: Mark, root: str, name: str, findings: Findings, known: Iterable[str]) -> None:
    hint = near(name, sorted(known))
    if root == "subscriber":
        hint = hint or "declare it in newsletter.toml, or import it with the list"
        findings.error("merge/unknown-field", mark.at, f"subscribers have no field {name!r}", hint)
    else:
        findings.error("merge/unknown-name", mark.at, f"{root} has no {name!r}", hint)


def _default(quoted: str | None) -> str | None:
    if quoted is None:
        return None
    return unicodedata.normalize("NFC", re.sub(r"\\(.)", r"\1", quoted[1:-1]))


def _explain(mark: Mark, vocabulary: Vocabulary, findings: Findings) -> None:
    for pattern, message, hint in _MISTAKES:
        if re.match(pattern, mark.text):
            code = "merge/statement" if mark.text[1] in "%#" else "merge/syntax"
            findings.error(code, mark.at, message, hint)
            return
    bare = re.match(r"\{\{\s*(\w+)\s*(?:\|.*)?\}\}", mark.text)
    if bare:
        findings.error(
            "merge/syntax",
            mark.at,
            f"{bare[1]!r} does not say whose it is",
            _whose(bare[1], vocabulary.fields),
        )
        return
    findings.error("merge/syntax", mark.at, f"{mark.text[:60]} cannot be read", ALLOWED)


def _whose(name: str, fields: frozenset[str] | None) -> str:
    if fields is None or name in fields:
        return f"did you mean {{{{ subscriber.{name} }}}}?"
    known = {f"subscriber.{field}" for field in fields} | {f"issue.{n}" for n in ISSUE_NAMES}
    return near(f"subscriber.{name}", sorted(known), otherwise=ALLOWED)
