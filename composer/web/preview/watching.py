"""Which files the preview watches: everything of the site but what nobody writes by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

#: Changes that follow each other within this time are one.
DEBOUNCE_MS = 40
STEP_MS = 10


class SiteFiles(DefaultFilter):
    """Leaves out hidden folders (`.git`, `.newsletter`), editors' backups and approved files."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def __call__(self, change: Change, path: str) -> bool:
        try:
            parts = Path(path).relative_to(self.folder).parts
        except ValueError:
            return False
        if any(part.startswith(".") for part in parts) or "snapshots" in parts:
            return False
        return super().__call__(change, path)


async def watch(
    folder: Path, changed: Callable[[Iterable[Path]], None], stop: asyncio.Event
) -> None:
    """Call `changed` with the files of each burst of changes, until `stop` is set."""
    found = awatch(
        folder,
        watch_filter=SiteFiles(folder),
        debounce=DEBOUNCE_MS,
        step=STEP_MS,
        stop_event=stop,
        recursive=True,
    )
    async for changes in found:
        changed(sorted({Path(path) for _, path in changes}))
