"""Which files are translations of an issue, and into what language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from composer.model.finding import Finding, Severity
from composer.reading.site_values import Wrong, locale

ORIGINAL = "issue.md"


def translation_files(path: Path) -> Sequence[Path]:
    """The files `issue.*.md` beside the issue in `path`, by their names."""
    if path.name != ORIGINAL:
        return ()
    return sorted(file for file in path.parent.glob("issue.*.md") if file.is_file())


def original_of(path: Path) -> Path:
    """The file that `path` is a translation of; `path` itself when it is none."""
    original = path.with_name(ORIGINAL)
    return original if path.match("issue.*.md") and original.is_file() else path


def locale_of(path: Path, original: str) -> tuple[str, Sequence[Finding]]:
    """The language that the name of `path` says, and what is wrong with it.

    `original` is the language of the issue itself.
    """
    name = path.name.removeprefix("issue.").removesuffix(".md")
    try:
        found = locale(name)
    except Wrong as wrong:
        hint = _called(wrong.hint) if "_" in name else "a translation into German: issue.de.md"
        return "", [_wrong(path, f"{name!r} is not a locale", hint)]
    if found != name:
        return "", [_wrong(path, f"{name!r} is not how {found!r} is written", _called(found))]
    if found == original:
        hint = "the original has that locale; a translation has another"
        return "", [_wrong(path, f"issue.md is in {found!r} already", hint)]
    if not _exists(found):
        hint = "if it is no translation, give the file another name: draft.md"
        return "", [_wrong(path, f"{name!r} is no language that the CLDR knows", hint)]
    return found, ()


def _called(name: str) -> str:
    return f"name the file issue.{name}.md"


def _wrong(path: Path, message: str, hint: str) -> Finding:
    return Finding("i18n/locale", Severity.ERROR, message, hint, path)


def _exists(name: str) -> bool:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - most issues have no translation

    try:
        Locale.parse(name, sep="-")
    except (UnknownLocaleError, ValueError):
        return False
    return True
