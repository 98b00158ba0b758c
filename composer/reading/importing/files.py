"""From a file of an old issue to a folder of a new one; nothing is ever overwritten."""

from __future__ import annotations

import codecs
import re
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from composer.errors import ComposerError, GuardError, NamedError, Place
from composer.reading.importing.imported import Imported
from composer.reading.importing.old_issue import Kind
from composer.reading.source import read_file
from composer.refused_files import real_path
from composer.whole_file import write_new

MAX_BYTES = 2_000_000
_SUFFIXES: dict[str, Kind] = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
}
MAIL = frozenset({".eml"})
_HTML = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
#: Nobody's address is to become the text of an issue by a slip of the keyboard.
_LISTS = frozenset({".csv", ".tsv", ".xls", ".xlsx", ".ods"})
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp"})


@dataclass(frozen=True, slots=True)
class OldIssue:
    """The text of a file; `remark` says aloud what had to be guessed about its encoding."""

    text: str
    kind: Kind
    remark: str = ""


def old_issues(folder: Path) -> tuple[list[Path], list[Path]]:
    """The files below `folder` that may be issues, and the others but for pictures; by name.

    What begins with a dot is passed over, and symbolic links are not followed.
    """
    issues, others = [], []
    for path in sorted(folder.rglob("*"), key=_by_number):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or path.is_symlink() or not path.is_file():
            continue
        suffix = path.suffix.lower()
        if suffix in MAIL or suffix in _SUFFIXES:
            issues.append(path)
        elif suffix not in _PICTURES:
            others.append(path)
    return issues, others


def _by_number(path: Path) -> list[tuple[int, str]]:
    """`issue-9` comes before `issue-10`."""
    parts = re.split(r"(\d+)", str(path))
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def read_old_issue(path: Path) -> OldIssue:
    """Read a file in UTF-8, UTF-16 with a byte order mark, or cp1252.

    Raises:
        NamedError: it is not there.
        ComposerError: it cannot be read, is too long, or not text.
    """
    try:
        data = read_file(path, MAX_BYTES)
    except FileNotFoundError as error:
        hint = "newsletter import FILE"
        raise NamedError("there is no such file", place=Place(path), hint=hint) from error
    except OSError as error:
        raise ComposerError(f"{path}: {error.strerror}", hint="newsletter import FILE") from error
    if path.suffix.lower() in _LISTS:
        hint = f"newsletter subscribers import {path.name}"
        raise NamedError("this is a list of readers, and no issue", place=Place(path), hint=hint)
    if len(data) > MAX_BYTES:
        hint = "an issue is text; take other parts of it out, or import them one by one"
        raise ComposerError("it is longer than 2 MB", place=Place(path), hint=hint)
    if path.suffix.lower() in MAIL:
        # The parser of messages takes 40 ms to import.
        from composer.reading.importing.saved_mail import html_of_mail  # noqa: PLC0415

        text, remark = html_of_mail(data)
        return OldIssue(text, "html", remark)
    text, remark = _decoded(data, path)
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind is None or (kind == "text" and _HTML.match(text)):
        kind = "html" if _HTML.match(text) else "text"
    return OldIssue(text, kind, remark)


def _decoded(data: bytes, path: Path) -> tuple[str, str]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace"), ""
    if b"\0" in data:
        raise ComposerError(
            "it is not text", place=Place(path), hint="save it as plain text, HTML or Markdown"
        )
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        remark = f"line {line} is not UTF-8: read as cp1252 (Windows). Look at names with accents."
        return data.decode("cp1252", errors="replace"), remark


def write_issue(imported: Imported, folder: Path, source: Path) -> Path:
    """Write `folder/issue.md`, with the pictures that lie beside `source`.

    Raises:
        GuardError: the folder has an issue already; nothing was written.
    """
    path = folder / "issue.md"
    if path.exists():
        raise GuardError(
            f"there is an issue in {folder} already; nothing was written",
            hint="newsletter import FILE -o DIR writes into another folder",
        )
    write_new({path: imported.markdown.encode()})
    for name in imported.pictures:
        _copy_picture(source.parent, folder, PurePosixPath(name))
    return path


def _copy_picture(old: Path, new: Path, name: PurePosixPath) -> None:
    """Copy a picture from below the old file's folder; the reader tells of any other."""
    source, target = old / name, new / name
    inside = not name.is_absolute() and real_path(source).is_relative_to(real_path(old))
    if not inside or ".." in name.parts or name.suffix.lower() not in _PICTURES:
        return
    if source.is_file() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
