"""The site that nothing is wrong with."""

from __future__ import annotations

import shutil
from pathlib import Path

HERE = Path(__file__).parent


def site_in(folder: Path, *overlays: Path) -> None:
    """The base site in `folder`, with the files of `overlays` laid over it."""
    for source in (HERE / "base", *overlays):
        shutil.copytree(source, folder, dirs_exist_ok=True)
