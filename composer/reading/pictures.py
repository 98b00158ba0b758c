"""The pictures of an issue: found inside its folder, known by their bytes, measured by them."""

from __future__ import annotations

import struct
from pathlib import Path
from urllib.parse import unquote

from composer.model.issue import ImageFile, Position
from composer.reading.desk import Desk
from composer.reading.suggest import near

MAX_BYTES = 5_000_000
KINDS = "PNG, JPEG, GIF or WebP"


def read_picture(desk: Desk, source: str, at: Position) -> ImageFile | None:
    """The file that `source` names, read once; None when it cannot be used, which is told."""
    if source not in desk.pictures:
        desk.pictures[source] = _read(desk, source, at)
    return desk.pictures[source]


def _read(desk: Desk, source: str, at: Position) -> ImageFile | None:
    written = Path(unquote(source))
    path = _inside(desk, written, source, at)
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        hint = "let yourself read it"
        desk.findings.error("image/missing", at, f"{source} cannot be read: {error.strerror}", hint)
        return None
    if len(data) > MAX_BYTES:
        hint = "600 pixels wide, doubled for sharp screens, is enough: 1200"
        desk.findings.error(
            "image/too-big", at, f"{source} is larger than {MAX_BYTES // 1_000_000} MB", hint
        )
        return None
    measured = measure(data)
    if measured is None:
        hint = f"mail clients show {KINDS}; save it as one of these"
        desk.findings.error("image/format", at, f"{source} is {_looks_like(data)}", hint)
        return None
    return ImageFile(written, *measured, data)


def _inside(desk: Desk, written: Path, source: str, at: Position) -> Path | None:
    """The real path of a file that is there and does not lead out of the issue's folder."""
    try:
        folder = desk.folder.resolve()
        path = (folder / written).resolve()
        inside = path.is_relative_to(folder) and not written.is_absolute()
        there = inside and path.is_file()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, a circle of links
        inside, there, path = True, False, written
    if there:
        return path
    if not inside:
        hint = "copy it into the issue's folder: images/…"
        desk.findings.error("image/outside", at, f"{source} is outside of the issue's folder", hint)
        return None
    desk.findings.error("image/missing", at, f"there is no file {source}", _nearby(desk, written))
    return None


def _nearby(desk: Desk, written: Path) -> str:
    """A hint at a file that is there, whose name is nearly the same."""
    otherwise = "the path begins at the issue's folder: images/…"
    if "\\" in str(written):
        return "write / between folders"
    try:
        there = [
            str(file.relative_to(desk.folder))
            for folder in {desk.folder, desk.folder / "images", (desk.folder / written).parent}
            if folder.is_dir() and folder.resolve().is_relative_to(desk.folder.resolve())
            for file in list(folder.iterdir())[:500]
            if file.is_file() and file.name != "issue.md"
        ]
    except (OSError, ValueError, RuntimeError):
        return otherwise
    return near(str(written), sorted(set(there)), otherwise=otherwise)


def measure(data: bytes) -> tuple[str, int, int] | None:
    """Media type, width and height in pixels, by the file's first bytes; None if unknown."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            found = ("image/png", *struct.unpack(">II", data[16:24]))
        elif data[:6] in (b"GIF87a", b"GIF89a"):
            found = ("image/gif", *struct.unpack("<HH", data[6:10]))
        elif data.startswith(b"\xff\xd8\xff"):
            found = ("image/jpeg", *_jpeg(data))
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            found = ("image/webp", *_webp(data))
        else:
            return None
    except (struct.error, IndexError):  # it ends too early
        return None
    return found if found[1] and found[2] else None


def _jpeg(data: bytes) -> tuple[int, int]:
    """Of the start-of-frame segment (ITU-T T.81, B.2.2)."""
    at = 2
    while True:
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        (length,) = struct.unpack(">H", data[at + 1 : at + 3])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 4 : at + 8])
            return width, height
        if marker == 0xDA or length < 2:
            return 0, 0
        at += 1 + length
        if data[at] != 0xFF:
            return 0, 0


def _webp(data: bytes) -> tuple[int, int]:
    """Lossy, lossless and extended files (RFC 9649 section 2)."""
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack("<HH", data[26:30])
            return (width & 0x3FFF, height & 0x3FFF) if data[23:26] == b"\x9d\x01\x2a" else (0, 0)
        case b"VP8L":
            (bits,) = struct.unpack("<I", data[21:25])
            return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1) if data[20] == 0x2F else (0, 0)
        case b"VP8X":
            width, height = data[24:27], data[27:30]
            if len(height) < 3:
                return 0, 0
            return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
        case _:
            return 0, 0


def _looks_like(data: bytes) -> str:
    if b"<svg" in data[:1000]:
        return "an SVG drawing, which most mail clients do not show"
    if data[4:12] in (b"ftypavif", b"ftypheic", b"ftypmif1"):
        return "an AVIF or HEIC picture, which most mail clients do not show"
    if data.startswith((b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF")):
        return "damaged: its size cannot be read"
    return f"not a picture in {KINDS}" if data else "empty"
