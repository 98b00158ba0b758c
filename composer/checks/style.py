"""Slips of the pen, and what no house style wants twice in one issue."""

from __future__ import annotations

import re
from collections.abc import Iterator

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.prose import Prose
from composer.model.edition import Slot
from composer.model.finding import Fix, Severity

#: Small words that no sentence has twice in a row, by language.
_NEVER_TWICE = {
    "en": "the a an of and with from by to for are was or this their our your its his it be "
    "have has we they which who",
    "de": "und mit von für ist ein eine einen im wir nicht oder auf",
    "fr": "le les de et un une du des dans pour avec que qui au aux",
    "es": "el los las de un una en con por para que",
}
_DOUBLED = {
    language: re.compile(
        rf"(?<![\w'’.-])(?P<word>{'|'.join(words.split())})"
        rf"(?P<again>(?:(?:[ \t]+|[ \t]*\n[ \t]*)(?P=word)(?![\w'’-]))+)",
        re.IGNORECASE,
    )
    for language, words in _NEVER_TWICE.items()
}
_YEARS = r"(?P<first>\d{4})(?:\s*[-–—/]\s*(?P<last>\d{4}))?"
#: Where a paragraph begins with it; a picture's credit names the photograph's own year.
_COPYRIGHT = re.compile(
    rf"(?:\A|\n[ \t]*\n|\n)[ \t>*_]*(?P<all>(?:©|\(c\)|copyright)[ \t]*(?:©[ \t]*)?{_YEARS})",
    re.IGNORECASE,
)
_FOOTER_YEAR = re.compile(rf"©[ \t]*{_YEARS}")
_SPACES = re.compile(r"(?<=[^\s\x00|])(?P<spaces> {2,})(?=[^\s\x00|])")
_SPACE_BEFORE = re.compile(r"(?<=\w)(?P<space> +)(?=[,.](?:\s|\Z))")
#: Of scripts that put a space behind a comma: Latin, Greek, Cyrillic.
_LETTER = "A-Za-z\u00c0-\u024f\u0370-\u052f"
_NO_SPACE_AFTER = re.compile(rf"(?<=[{_LETTER}]{{2}})(?P<mark>,)(?=[{_LETTER}]{{2}})")
#: A sentence that begins at once, and no `Asp.Net`: small letters before it, a word behind it.
_NEXT_SENTENCE = re.compile(
    r"(?<=[a-z\u00df-\u00ff]{2})(?P<mark>\.)(?=(?:[A-Z][a-z\u00df-\u00ff]* |I[ '’])[a-z])"
)
_DASHES = re.compile(r"(?<=[^\s\x00-])(?P<all> -{2,3} |(?<=[^\W\d_])-{2,3}(?=[^\W\d_]))(?=[^\s-])")
_EXCLAMATIONS = re.compile(r"(?<=\w)(?P<all>!{2,}|[!?]*\?!+[!?]*|!+\?[!?]*)")
_DOUBLE_STRAIGHT = re.compile(r"(?<!\d)\"")
_DOUBLE_CURLY = re.compile("[“”„]")
_STRAIGHT_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")
_CURLY_APOSTROPHE = re.compile(r"(?<=[^\W\d_])’(?=[^\W\d_])")


def copyright_year(examined: Examined) -> Iterator[Remark]:
    """The line under last year's issue, copied into this one."""
    year = examined.issue.date.year
    prose = examined.prose
    for found in prose.matches(_COPYRIGHT):
        last = found["last"] or found["first"]
        if int(last) != year:
            yield Remark(
                f"the copyright is of {last}, and the issue of {year}",
                f"write {year}, or delete the line: the template's footer has one",
                prose.at(found.start("all")),
            )
    yield from _footer_year(examined)


def _footer_year(examined: Examined) -> Iterator[Remark]:
    """What the template, or newsletter.toml, says of its own."""
    year = examined.issue.date.year
    for edition in examined.editions:
        for part in edition.text:
            for found in () if isinstance(part, Slot) else _FOOTER_YEAR.finditer(part):
                last = found["last"] or found["first"]
                if int(last) != year and last not in examined.source:
                    said = examined.settings.newsletter
                    of_site = last in f"{said.publisher} {said.postal_address} {said.reason}"
                    yield Remark(
                        f"the letter says © {last}, and the issue is of {year}",
                        "take the year out: the template's footer writes the issue's own",
                        path=examined.site_file if of_site else examined.template,
                    )


def spelling(examined: Examined) -> Iterator[Remark]:
    """What `[checks.spelling]` says, whole words."""
    wanted = examined.settings.checks.spelling
    wanted = {wrong: right for wrong, right in wanted.items() if wrong.strip()}
    if not wanted:
        return
    by_lower = {wrong.casefold(): (wrong, right) for wrong, right in wanted.items()}
    longest_first = sorted(wanted, key=len, reverse=True)
    pattern = re.compile(
        rf"(?<!\w)(?:{'|'.join(re.escape(w) for w in longest_first)})(?!\w)", re.IGNORECASE
    )
    prose = examined.prose
    for found in prose.matches(pattern, front=True):
        wrong, right = by_lower.get(found[0].casefold(), ("", ""))
        meant = _in_the_same_case(found[0], wrong, right)
        if not meant or _already(prose, found, meant):
            continue
        plain = found.start() >= prose.body or bool(re.fullmatch(r"[\w -]+", meant))
        yield Remark(
            f"{found[0]!r} is spelt {meant!r} by the house",
            f"write {meant}",
            prose.at(found.start()),
            fix=Fix(found[0], meant) if plain else None,
        )


def _in_the_same_case(found: str, wrong: str, right: str) -> str:
    """What to write for `found`; `""` when it is not what `wrong` means, or is right.

    An entry in small letters holds for every case; one with a capital only for itself.
    """
    if found == wrong:
        return right
    if wrong != wrong.lower():
        return ""
    meant = right[:1].upper() + right[1:] if found[:1].isupper() else right
    meant = right.upper() if found.isupper() and len(found) > 1 else meant
    return "" if meant == found else meant


def _already(prose: Prose, found: re.Match[str], meant: str) -> bool:
    """Whether the wrong word is a part of the right one, which stands here: `Lindo Port`."""
    inside = meant.casefold().find(found[0].casefold())
    start = found.start() - inside
    return inside >= 0 and start >= 0 and prose.text[start:].startswith(meant)


def doubled_word(examined: Examined) -> Iterator[Remark]:
    """The the eye reads over it."""
    pattern = _DOUBLED.get(examined.issue.locale.partition("-")[0])
    prose = examined.prose
    for found in prose.matches(pattern, front=True) if pattern else ():
        if not found["again"].islower() or found["word"] == "A":  # vitamin A a day; a A grade
            continue
        yield Remark(
            f"{found['word']!r} stands here twice",
            "take one away",
            prose.at(found.start()),
            fix=Fix(found[0], found["word"]),
        )


def spaces(examined: Examined) -> Iterator[Remark]:
    """Several spaces amid a sentence, one before a comma, or none behind it."""
    prose = examined.prose
    for found in prose.matches(_SPACES):
        if not _may_be_wide(prose, found):
            yield Remark(
                f"{len(found['spaces'])} spaces stand here",
                "write one",
                prose.at(found.start()),
                fix=Fix(found["spaces"], " "),
            )
    for found in prose.matches(_SPACE_BEFORE):
        mark = prose.text[found.end()]
        yield Remark(
            f"a space stands before {mark!r}",
            "take it away",
            prose.at(found.start()),
            fix=Fix(found["space"], ""),
        )
    yield from _missing_spaces(prose)


def _missing_spaces(prose: Prose) -> Iterator[Remark]:
    for found in prose.matches(_NO_SPACE_AFTER):
        yield Remark(
            "no space stands behind ','",
            "write one",
            prose.at(found.start("mark")),
            fix=Fix(",", ", "),
        )
    for found in prose.matches(_NEXT_SENTENCE):
        at = prose.at(found.start("mark"))
        yield Remark("no space stands behind '.'", "write one, if a sentence ends here", at)


def _may_be_wide(prose: Prose, found: re.Match[str]) -> bool:
    """Behind a list's mark, in a table, and after a full stop, where typists put two."""
    line = prose.line_of(found.start())
    start = prose.text.rfind("\n", 0, found.start()) + 1
    before = prose.text[start : found.start()]
    marker = re.fullmatch(r"[ \t>]*(?:[-*+>]|\d{1,9}[.)]|#{1,6})", before)
    ends_sentence = before[-1:] in tuple('.!?:”"’)') and len(found["spaces"]) == 2
    return bool(marker) or "|" in line or ends_sentence


def dashes(examined: Examined) -> Iterator[Remark]:
    """Two hyphens are what typewriters had for a dash."""
    prose = examined.prose
    for found in prose.matches(_DASHES):
        if "|" in prose.line_of(found.start()):
            continue
        dash = " – " if found["all"].startswith(" ") else "—"
        yield Remark(
            f"{found['all'].strip()!r} stands for a dash",
            f"write {dash.strip()}",
            prose.at(found.start()),
            fix=Fix(found["all"], dash),
        )


def exclamation(examined: Examined) -> Iterator[Remark]:
    """One is loud enough, and filters count them."""
    prose = examined.prose
    for found in prose.matches(_EXCLAMATIONS, front=True):
        one = "?" if "?" in found["all"] else "!"
        yield Remark(
            f"{found['all']!r} shouts",
            f"write {one}",
            prose.at(found.start()),
            fix=Fix(found["all"], one),
        )


def quotes(examined: Examined) -> Iterator[Remark]:
    """Straight marks among curly ones come from text that was pasted together."""
    for straight, curly, what in (
        (_DOUBLE_STRAIGHT, _DOUBLE_CURLY, "quotation marks"),
        (_STRAIGHT_APOSTROPHE, _CURLY_APOSTROPHE, "apostrophes"),
    ):
        plain = [m.start() for m in examined.prose.matches(straight)]
        real = [m.start() for m in examined.prose.matches(curly)]
        if plain and real:
            few, many = sorted((plain, real), key=len)
            kind = "straight" if few is plain else "curly"
            there = examined.prose.at(many[0])
            yield Remark(
                f"{len(few)} of {len(plain) + len(real)} {what} are {kind}, as this one is",
                f"write all {what} as on line {there.line}, column {there.column}",
                examined.prose.at(few[0]),
            )


_W = Severity.WARNING

RULES = (
    Rule("style/copyright-year", _W, "a copyright of another year", copyright_year),
    Rule("style/spelling", _W, "a spelling that the house does not use", spelling),
    Rule("style/doubled-word", _W, "a small word that stands twice", doubled_word),
    Rule("style/spaces", _W, "spaces where none belong", spaces),
    Rule("style/dashes", _W, "hyphens in place of a dash", dashes),
    Rule("style/quotes", _W, "straight and curly quotation marks in one issue", quotes),
    Rule("style/exclamation", _W, "more than one exclamation mark", exclamation),
)
