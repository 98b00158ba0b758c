"""Do the translations of an issue say what the issue says?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.walk import (
    blocks_of,
    blocks_within,
    expressions_of,
    plain,
    sources_of,
    targets_of,
    words_of,
)
from composer.model.finding import Severity
from composer.model.issue import (
    Condition,
    Issue,
    Paragraph,
    Position,
    Quote,
    Section,
    Subheading,
    conditions_of,
)
from composer.model.locales import wider
from composer.reading.vocabulary import OWN_WORDS
from composer.rendering.languages import WORDS

#: A heading of so many words is hardly a name that is the same in two languages.
_MANY_WORDS = 4
#: A paragraph of so many is no line of numbers, names or addresses.
_MANY_IN_TEXT = 8

Pair = tuple[Issue, Issue]


def _each(
    look: Callable[[Issue, Issue], Iterator[Remark]],
) -> Callable[[Examined], Iterator[Remark]]:
    """A rule over an original and one of its translations, for each of these."""

    def look_at(examined: Examined) -> Iterator[Remark]:
        for translation in examined.issue.translations.values():
            yield from look(examined.issue, translation)

    look_at.__doc__ = look.__doc__
    return look_at


def _missing_section(original: Issue, translation: Issue) -> Iterator[Remark]:
    """Readers of the translation would not get the section at all."""
    there = {section.id for section in translation.sections}
    for section in original.sections:
        if section.id not in there and _is_for(section, translation.locale):
            yield Remark(
                f"{translation.path.name} has no section {section.id!r}: "
                f"{words_of(section.heading)!r}",
                f"write it below ## … {{#{section.id}}} in {translation.path.name}",
                section.at,
            )


def _is_for(section: Section, locale: str) -> bool:
    """Whether readers of `locale` would get the section, if they are in the right segments."""
    tags = {tag.lower() for tag in wider(locale)}
    return all(not c.locale or c.locale.lower() in tags for c in section.conditions)


def _extra_section(original: Issue, translation: Issue) -> Iterator[Remark]:
    """Only readers of the translation would get the section; perhaps its id is misspelt."""
    known = {section.id for section in original.sections}
    for section in translation.sections:
        if section.id not in known and not any(c.locale for c in section.conditions):
            yield Remark(
                f"issue.md has no section {section.id!r}",
                "give the heading the id that it has there: ## … {#id}",
                section.at,
                path=translation.path,
            )


def _order(original: Issue, translation: Issue) -> Iterator[Remark]:
    """The sections stand in another order than in the original."""
    rank = {section.id: number for number, section in enumerate(original.sections)}
    common = [section for section in translation.sections if section.id in rank]
    for before, section in pairwise(common):
        if rank[section.id] < rank[before.id]:
            yield Remark(
                f"{section.id!r} stands behind {before.id!r}, and before it in issue.md",
                "keep the order of the original",
                section.at,
                path=translation.path,
            )


def _subject(original: Issue, translation: Issue) -> Iterator[Remark]:
    """An inbox would show the line in another language than the letter."""
    for key in ("subject", "preheader"):
        if key in original.positions and key not in translation.positions:
            yield Remark(
                f"the {key} is not translated",
                f"{key}: … in the front matter of {translation.path.name}",
                path=translation.path,
            )


def _untranslated(original: Issue, translation: Issue) -> Iterator[Remark]:
    """What is word for word the same in two languages was likely forgotten."""
    if _language(original) == _language(translation):
        return  # en and en-GB say most things alike
    known = {words for words, _ in _headings(original)}
    for words, at in _headings(translation):
        few = len(words.split()) < _MANY_WORDS
        if words in known and not (few and _is_mostly_names(words.split())):
            message = f"the heading {words!r} is that of issue.md"
            yield Remark(message, "translate it", at, path=translation.path)
    said = {words for words, _ in _paragraphs(original)}
    for words, at in _paragraphs(translation):
        many = len(words.split()) >= _MANY_IN_TEXT
        if words in said and many and not _is_mostly_names(words.split()):
            message = f"the paragraph “{words[:40]}…” is that of issue.md"
            yield Remark(message, "translate it", at, path=translation.path)


def _language(issue: Issue) -> str:
    return issue.locale.lower().partition("-")[0]


def _is_mostly_names(words: Sequence[str]) -> bool:
    """`Port of Lindö, Quay 3` is the same in every language: half of it are names and numbers."""
    names = sum(word[:1].isupper() or not word[:1].isalpha() for word in words)
    return names * 2 >= len(words)


def _headings(issue: Issue) -> Iterator[tuple[str, Position]]:
    for section in issue.sections:
        yield words_of(section.heading), section.at
    for block in blocks_of(issue):
        if isinstance(block, Subheading):
            yield words_of(block.children), block.at


def _paragraphs(issue: Issue) -> Iterator[tuple[str, Position]]:
    """Each paragraph; what is quoted may stay in the language in which it was said."""
    blocks = [*issue.introduction, *(block for s in issue.sections for block in s.blocks)]
    quoted = {
        id(block)
        for quote in blocks_within(blocks)
        if isinstance(quote, Quote)
        for block in blocks_within(quote.blocks)
    }
    for block in blocks_within(blocks):
        if isinstance(block, Paragraph) and id(block) not in quoted:
            yield words_of(block.children), block.at


def _conditions(original: Issue, translation: Issue) -> Iterator[Remark]:
    """What only some readers may read in one language, others would read in the other."""
    for there, here in _sections_of_both(original, translation):
        missing = _guards(there) - _guards(here)
        for name in sorted(missing):
            yield Remark(
                f"issue.md holds text for :::only {name} (line {_first(there)}), and this none",
                f"put what is theirs between :::only {name} and :::",
                Position(_first(here)),
                path=translation.path,
            )


def _guards(issue: Issue) -> set[str]:
    return {_condition(c) for c in conditions_of(issue) if not c.locale}


def _condition(condition: Condition) -> str:
    name = condition.segment
    return f"segment={name}" if name else f"not={condition.not_segment}"


def _links(original: Issue, translation: Issue) -> Iterator[Remark]:
    """A link, a source or a reader's value that one language has and the other has not."""
    locales = {original.locale, translation.locale}
    for there, here in _sections_of_both(original, translation):
        for what, of in _THINGS.items():
            mine, theirs = of(here, locales), of(there, locales)
            for text, at in [theirs[name] for name in theirs if name not in mine]:
                yield Remark(
                    f"the {what} {text} of issue.md (line {at.line}) is missing here",
                    "translate it as well",
                    Position(_first(here)),
                    path=translation.path,
                )
            for text, at in [mine[name] for name in mine if name not in theirs]:
                yield Remark(
                    f"the {what} {text} is not in issue.md (section on line {_first(there)})",
                    "put it there as well, or take it out",
                    at,
                    path=translation.path,
                )


def _sections_of_both(original: Issue, translation: Issue) -> Iterator[Pair]:
    """The introductions, then each section that both have, as issues of that part alone."""
    yield _part(original, None), _part(translation, None)
    known = {section.id: section for section in original.sections}
    for section in translation.sections:
        if section.id in known:
            yield _part(original, known[section.id]), _part(translation, section)


def _part(issue: Issue, section: Section | None) -> Issue:
    return replace(
        issue,
        subjects={},
        preheader=(),
        preheaders={},
        translations={},
        introduction=() if section else issue.introduction,
        sections=(section,) if section else (),
    )


def _first(part: Issue) -> int:
    """The line where a part begins."""
    for thing in (*part.sections, *part.introduction):
        return thing.at.line
    return 1


Things = Mapping[str, tuple[str, Position]]


def _targets(part: Issue, locales: Iterable[str]) -> Things:
    """Links by where they lead; a page and its translation count as one."""
    found = ((plain(target), at) for target, _, at in targets_of(part))
    return {_neutral(text, locales): (text, at) for text, at in found}


def _neutral(url: str, locales: Iterable[str]) -> str:
    for locale in sorted(locales):
        for tag in wider(locale):
            url = re.sub(
                rf"(?<=[/.=_-]){re.escape(tag)}(?=[/.&#?_-]|$)", "", url, flags=re.IGNORECASE
            )
    return re.sub(r"(?<!:)/{2,}|/$", "/", url).rstrip("/")


def _sources(part: Issue, _: Iterable[str]) -> Things:
    return {name: (repr(name), at) for name, at in sources_of(part)}


def _expressions(part: Issue, _: Iterable[str]) -> Things:
    return {e.name: (f"{{{{ {e.name} }}}}", e.at) for e in expressions_of(part)}


_THINGS: Mapping[str, Callable[[Issue, Iterable[str]], Things]] = {
    "link": _targets,
    "source": _sources,
    "field": _expressions,
}


def _words(examined: Examined) -> Iterator[Remark]:
    """The letter would speak two languages: ours says contents, footer and notes in English."""
    strings = examined.settings.newsletter.strings
    locale = examined.issue.locale
    known = {
        word for tag in wider(locale) for words in (WORDS, strings) for word in words.get(tag, {})
    }
    if lacking := [word for word in OWN_WORDS if word not in known]:
        yield Remark(
            f"the words {', '.join(lacking)} are in English: nobody said them in {locale!r}",
            f'[strings.{locale.partition("-")[0]}] in newsletter.toml: {lacking[0]} = "…"',
            examined.issue.positions.get("locale", Position(1)),
        )


_W = Severity.WARNING
RULES: tuple[Rule[Examined], ...] = (
    Rule("i18n/missing-section", _W, "a section that was not translated", _each(_missing_section)),
    Rule("i18n/extra-section", _W, "a section that only a translation has", _each(_extra_section)),
    Rule("i18n/order", _W, "sections in another order than in the original", _each(_order)),
    Rule("i18n/missing-subject", _W, "a subject that was not translated", _each(_subject)),
    Rule(
        "i18n/untranslated",
        _W,
        "a heading or text that was not translated",
        _each(_untranslated),
    ),
    Rule("i18n/condition", _W, "text for some that all get in a translation", _each(_conditions)),
    Rule("i18n/link-missing", _W, "a link, source or field in one language only", _each(_links)),
    Rule("i18n/words", _W, "a language without our own words", _words),
)
