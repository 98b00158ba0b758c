"""The approved shots of one issue, as files beside it.

`issues/NAME/snapshots/` holds `PERSONA.LOCALE[.VARIANT].html`, `.txt` and `.headers`. Renditions
whose part is the same share the file of the first; `index.json` says which files make which
rendition, and of each HTML file the size and digest of the very bytes that are sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from composer.errors import ComposerError, Place
from composer.snapshots.layout import laid_out
from composer.snapshots.shot import PARTS, Shot
from composer.whole_file import write_whole

FOLDER = "snapshots"
INDEX = "index.json"
#: The sub-folder of pictures, which are approved on their own.
PICTURES = "screenshots"
MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Approved:
    """What was approved: shots by name, with their laid-out HTML, and each HTML's stamp.

    `strays` lie in the folder and belong to no rendition; pictures are not looked at.
    """

    shots: Mapping[str, Shot] = field(default_factory=dict)
    stamps: Mapping[str, str] = field(default_factory=dict)
    strays: tuple[str, ...] = ()


def stamp(html: str) -> str:
    """The size and digest of the HTML as it is sent."""
    data = html.encode()
    return f"{len(data)} bytes, sha256:{hashlib.sha256(data).hexdigest()}"


def size_in(stamp_text: str) -> int:
    """The bytes that a stamp tells; 0 when it is none."""
    head = stamp_text.partition(" ")[0]
    return int(head) if head.isascii() and head.isdigit() else 0


def files_of(shots: Sequence[Shot]) -> dict[str, str]:
    """Every file of the folder with its text: each part once, and the index."""
    files: dict[str, str] = {}
    owners: dict[tuple[str, str], str] = {}
    renditions: dict[str, list[str]] = {}
    stamps: dict[str, str] = {}
    for shot in sorted(shots, key=lambda shot: shot.name):
        names = []
        for part, text in zip(PARTS, shot.parts, strict=True):
            name = owners.setdefault((part, text), f"{shot.name}.{part}")
            names.append(name)
            if name not in files:
                files[name] = laid_out(text) if part == "html" else text
                if part == "html":
                    stamps[name] = stamp(text)
        renditions[shot.name] = names
    index = {"schema": 1, "renditions": renditions, "html": stamps}
    files[INDEX] = _one_line_each(index)
    return files


def _one_line_each(index: Mapping[str, object]) -> str:
    """JSON with a line for each rendition: that is what a diff should show."""
    tables = []
    for key, value in index.items():
        if isinstance(value, dict):
            rows = (
                f"    {json.dumps(name, ensure_ascii=False)}: {json.dumps(row, ensure_ascii=False)}"
                for name, row in value.items()
            )
            tables.append(f"  {json.dumps(key)}: {{\n" + ",\n".join(rows) + "\n  }")
        else:
            tables.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(tables) + "\n}\n"


def read_approved(folder: Path) -> Approved:
    """What lies in `folder`, an issue's `snapshots/`; nothing when it is not there.

    Raises:
        ComposerError: the index cannot be read.
    """
    if not folder.is_dir():
        return Approved()
    files = frozenset(p.name for p in folder.iterdir() if p.is_file() and p.name[:1] != ".")
    if INDEX not in files:
        return Approved(strays=tuple(sorted(files)))
    renditions, stamps = _index(folder / INDEX)
    texts = {name: _text(folder / name) for names in renditions.values() for name in names}
    shots: dict[str, Shot] = {}
    for name, parts in renditions.items():
        html, txt, headers = (texts[part] for part in parts)
        if html is not None and txt is not None and headers is not None:
            shots[name] = Shot(name, html, txt, headers)
    by_shot = {name: str(stamps.get(renditions[name][0], "")) for name in shots}
    return Approved(shots, by_shot, tuple(sorted(files - {INDEX} - texts.keys())))


def _index(path: Path) -> tuple[Mapping[str, Sequence[str]], Mapping[str, object]]:
    try:
        held = json.loads(path.read_text("utf-8"))
        renditions = {
            # Exactly one name for each part, and none of another folder.
            str(name): tuple(Path(str(parts[n])).name for n in range(len(PARTS)))
            for name, parts in held["renditions"].items()
        }
        stamps = dict(held["html"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ComposerError(
            "the index of the approved snapshots cannot be read",
            place=Place(path),
            hint="newsletter snapshot --update writes it anew",
        ) from error
    return renditions, stamps


def _text(path: Path) -> str | None:
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None


def write_approved(folder: Path, shots: Sequence[Shot]) -> Sequence[str]:
    """Make `folder` hold exactly `shots`; the names that were written or deleted.

    Each file appears whole or not at all, and the index is the last: whoever reads while
    this writes, or after it was killed, finds a difference and never a false agreement.
    """
    files = files_of(shots)
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in files.items():
        path, data = folder / name, text.encode()
        if path.is_file() and path.read_bytes() == data:
            continue
        write_whole(path, data)
        changed.append(name)
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name not in files:
            path.unlink()
            changed.append(path.name)
    return changed
