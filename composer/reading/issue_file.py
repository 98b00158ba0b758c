"""An issue file becomes an `Issue`, or everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from composer.errors import SourceError
from composer.model.finding import Finding, Severity
from composer.model.issue import Block, Issue, Section
from composer.reading.desk import Desk
from composer.reading.front_matter import FrontMatter, read_front_matter
from composer.reading.front_part import split_front_matter
from composer.reading.markdown import Parsed
from composer.reading.nested import MAX_DEPTH, TooDeep, nest
from composer.reading.sections import read_sections
from composer.reading.source import Findings, Source, load
from composer.reading.translations import locale_of, translation_files
from composer.reading.vocabulary import Vocabulary

#: Each makes editions of its own for every variant and every set of segments.
MOST_LOCALES = 40
#: Of all tables of a text: some seconds of work.
MOST_CELLS = 10_000

__all__ = ["Reading", "Vocabulary", "inspect_issue", "read_issue"]


@dataclass(frozen=True, slots=True)
class Reading:
    """`issue` is None when an error makes it unusable; `findings` go by line and column."""

    issue: Issue | None
    findings: tuple[Finding, ...]


def read_issue(path: Path, vocabulary: Vocabulary) -> Issue:
    """The issue in the file `path`.

    Raises:
        SourceError: there is no such file, or there are errors in it; it has all of them.
    """
    reading = inspect_issue(path, vocabulary)
    if reading.issue is None:
        raise SourceError(reading.findings)
    return reading.issue


def inspect_issue(path: Path, vocabulary: Vocabulary) -> Reading:
    """The issue in the file `path` with its translations, and everything there is to say of them.

    Raises:
        SourceError: there is no such file; whatever is in it is told in findings.
    """
    original, findings = _one_text(path, vocabulary)
    files = translation_files(path)
    if original.front is None:
        return Reading(None, findings)
    if len(files) >= MOST_LOCALES:
        return Reading(None, (*findings, _too_many(path, len(files) + 1)))
    translations: dict[str, Issue] = {}
    sound = original.issue is not None
    for file in files:
        locale, wrong = locale_of(file, original.front.locale)
        if wrong:
            sound, findings = False, (*findings, *wrong)
            continue
        text, told = _one_text(file, vocabulary, _Into(locale, original.front))
        findings += told
        if text.issue is None:
            sound = False
        else:
            translations[locale] = text.issue
    if original.issue is None or not sound:
        return Reading(None, findings)
    issue = replace(original.issue, translations=translations)
    if len(issue.locales) > MOST_LOCALES:
        return Reading(None, (*findings, _too_many(path, len(issue.locales))))
    return Reading(issue, findings)


def _too_many(path: Path, languages: int) -> Finding:
    message = f"the issue speaks {languages} languages; at most {MOST_LOCALES}"
    hint = "each translation, and each language of an :::only, makes editions of its own"
    return Finding("i18n/locale", Severity.ERROR, message, hint, path)


@dataclass(frozen=True, slots=True)
class _Into:
    """A translation's language, and what it is a translation of."""

    locale: str
    original: FrontMatter


@dataclass(frozen=True, slots=True)
class _Read:
    """One file; `issue` is None when an error makes it unusable, `front` when it has no values."""

    front: FrontMatter | None
    issue: Issue | None


def _one_text(
    path: Path, vocabulary: Vocabulary, into: _Into | None = None
) -> tuple[_Read, tuple[Finding, ...]]:
    findings = Findings(path)
    whole = load(path, findings)
    if not whole.text and findings.unusable:
        return _Read(None, None), findings.told(whole)
    yaml, body = split_front_matter(whole, findings)
    locale = into.locale if into else vocabulary.locale
    desk = Desk(path.parent, findings, vocabulary, whole, locale)
    front = read_front_matter(desk, yaml, into.original if into else None)
    if front is not None:
        desk.locale = front.locale
    introduction, sections = _text(desk, body)
    if front is None or findings.unusable:
        return _Read(front, None), findings.told(whole)
    return _Read(front, _issue(path, front, introduction, sections)), findings.told(whole)


def _text(desk: Desk, body: str) -> tuple[tuple[Block, ...], tuple[Section, ...]]:
    written = Source.of(body)
    desk.source = Source(desk.marks.hide(body, written.at), written.starts)
    if desk.marks.full:  # to read them as text would take many seconds
        desk.findings.error("merge/too-many", desk.source.at(0), "there are too many expressions")
        return (), ()
    if (bars := desk.source.text.count("|")) > MOST_CELLS:
        return _too_many_cells(desk, bars)
    parsed = Parsed(desk.source.text)
    if (cells := parsed.cells) > MOST_CELLS:
        return _too_many_cells(desk, cells)
    try:
        nodes = nest(desk, parsed)
    except TooDeep as wrong:
        message = f"lists, quotes and fences are nested more than {MAX_DEPTH} deep here"
        desk.findings.error("text/too-deep", wrong.at, message, "begin again at the margin")
        return (), ()
    return read_sections(desk, parsed, nodes)


def _too_many_cells(desk: Desk, cells: int) -> tuple[tuple[Block, ...], tuple[Section, ...]]:
    """No text: reading and showing them would take minutes."""
    at = desk.source.at(max(desk.source.text.find("|"), 0))
    message = f"the tables have {cells:,} cells; at most {MOST_CELLS:,}"
    desk.findings.error("text/too-long", at, message, "link to the figures, and show the few")
    return (), ()


def _issue(
    path: Path,
    front: FrontMatter,
    introduction: tuple[Block, ...],
    sections: tuple[Section, ...],
) -> Issue:
    return Issue(
        id=path.absolute().parent.name,
        path=path,
        title=front.title,
        date=front.date,
        number=front.number,
        authors=front.authors,
        categories=front.categories,
        subjects=front.subjects,
        preheader=front.preheader,
        preheaders=front.preheaders,
        locale=front.locale,
        introduction=introduction,
        sections=sections,
        positions=front.positions,
        template=front.template,
        archive=front.archive,
        ab_test=front.ab_test,
    )
