"""The approved pictures of one issue, and those of now: PNG files in `snapshots/screenshots/`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from composer.snapshots.approved import INDEX
from composer.snapshots.camera import Camera
from composer.snapshots.pixels import compare_pictures
from composer.snapshots.shot import Shot
from composer.whole_file import write_whole


class State(StrEnum):
    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"  #: never approved
    LEFT_OVER = "left-over"  #: approved, and no such letter any more


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: `RENDITION.SCHEME-WIDTH`, before and after; empty is not there.

    Of what is the same no picture is kept in memory.
    """

    name: str
    state: State
    before: bytes = b""
    after: bytes = b""
    marked: bytes = b""  #: where they differ
    share: float = 0.0  #: of all pixels
    note: str = ""


@dataclass(frozen=True, slots=True)
class Gallery:
    """The pictures of an issue; `browser` took those that were approved, when it is known."""

    issue_id: str
    frames: tuple[Frame, ...]
    browser: str = ""

    @property
    def troubled(self) -> tuple[Frame, ...]:
        """What is not as approved."""
        return tuple(frame for frame in self.frames if frame.state is not State.SAME)

    @property
    def clean(self) -> bool:
        return not self.troubled

    def count(self, state: State) -> int:
        return sum(frame.state is state for frame in self.frames)


def distinct(shots: Sequence[Shot]) -> list[Shot]:
    """One shot for each HTML, the first by name: A/B variants mostly look the same."""
    by_html: dict[str, Shot] = {}
    for shot in sorted(shots, key=lambda shot: shot.name):
        by_html.setdefault(shot.html, shot)
    return list(by_html.values())


def visit(issue_id: str, folder: Path, shots: Sequence[Shot], camera: Camera) -> Gallery:
    """Take every picture and compare it with the one in `folder`; writes nothing."""
    frames = []
    for shot in distinct(shots):
        images = shot.edition.images if shot.edition else ()
        for view, png in camera.take(shot.html, images):
            frames.append(_frame(folder, f"{shot.name}.{view}", png))
    names = {f"{frame.name}.png" for frame in frames}
    frames += [
        Frame(path.stem, State.LEFT_OVER, before=path.read_bytes())
        for path in sorted(folder.glob("*.png"))
        if path.name not in names
    ]
    return Gallery(issue_id, tuple(frames), _browser(folder))


def _frame(folder: Path, name: str, png: bytes) -> Frame:
    path = folder / f"{name}.png"
    if not path.is_file():
        return Frame(name, State.MISSING, after=png)
    before = path.read_bytes()
    try:
        found = compare_pictures(before, png)
    except ValueError as error:
        return Frame(name, State.CHANGED, before=b"", after=png, note=f"approved file: {error}")
    if found.same:
        return Frame(name, State.SAME, share=found.share)
    changed = Frame(name, State.CHANGED, before, png, found.picture)
    return replace(changed, share=found.share, note=found.note)


def approve(folder: Path, gallery: Gallery, browser: str) -> Sequence[str]:
    """Make `folder` hold the pictures of now; what is the same stays as it is."""
    written = []
    folder.mkdir(parents=True, exist_ok=True)
    for frame in gallery.frames:
        path = folder / f"{frame.name}.png"
        if frame.after:
            write_whole(path, frame.after)
            written.append(path.name)
        elif frame.state is State.LEFT_OVER:
            path.unlink()
            written.append(path.name)
    if written or gallery.browser != browser:
        write_whole(folder / INDEX, json.dumps({"schema": 1, "browser": browser}).encode() + b"\n")
        written.append(INDEX)
    return written


def _browser(folder: Path) -> str:
    try:
        held = json.loads((folder / INDEX).read_text("utf-8"))
        return str(held["browser"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""
