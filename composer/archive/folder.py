"""The archive's folder: what has not changed is left alone, what is no longer there goes."""

from __future__ import annotations

from pathlib import Path

from composer.archive.build import Archive
from composer.errors import GuardError
from composer.whole_file import write_whole

#: Lists what we wrote, so that we delete nothing else.
LIST = ".newsletter-archive"


def write_archive(archive: Archive, folder: Path) -> int:
    """Write the files; how many were new or had changed.

    Raises:
        GuardError: the folder holds files that an archive did not write; nothing was written.
    """
    listed = folder / LIST
    before = set(listed.read_text(encoding="utf-8").splitlines()) if listed.is_file() else set()
    if not listed.exists() and folder.is_dir() and any(folder.iterdir()):
        raise GuardError(
            f"{folder} holds other files; nothing was written",
            hint="name an empty folder with -o, or one that an archive was built in",
        )
    folder.mkdir(parents=True, exist_ok=True)
    # First the list: whatever happens now, the next run knows what is ours.
    _list(listed, before | set(archive.files))
    written = 0
    for name, content in archive.files.items():
        path = folder / name
        if path.is_file() and path.read_bytes() == content:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
        written += 1
    for name in sorted(before - set(archive.files), reverse=True):
        _delete(folder, name)
    _list(listed, set(archive.files))
    return written


def _list(listed: Path, names: set[str]) -> None:
    write_whole(listed, "".join(f"{name}\n" for name in sorted(names)).encode())


def _delete(folder: Path, name: str) -> None:
    """Delete a file of an earlier archive, and the folders that it leaves empty."""
    path = folder / name
    if ".." in path.parts or not path.is_file():
        return
    path.unlink()
    for parent in path.parents:
        if parent == folder or any(parent.iterdir()):
            return
        parent.rmdir()
