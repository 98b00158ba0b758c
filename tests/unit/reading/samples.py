"""Issues to read, and the names that they may use."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from composer.reading.issue_file import Reading, Vocabulary, inspect_issue

VOCABULARY = Vocabulary(
    fields=frozenset({"first_name", "company", "role"}), segments=frozenset({"board", "members"})
)
HEAD = "---\ntitle: Harbour Watch No. 14\ndate: 2026-11-20\n---\n"


def inspect(folder: Path, text: str, *, head: str = HEAD) -> Reading:
    """What reading says of an issue with this text in `folder`."""
    path = folder / "issue.md"
    path.write_text(head + text, "utf-8", newline="")
    return inspect_issue(path, VOCABULARY)


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def places(reading: Reading) -> list[tuple[int, int]]:
    return [(finding.line, finding.column) for finding in reading.findings]


def png(width: int, height: int) -> bytes:
    """A grey picture."""
    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
