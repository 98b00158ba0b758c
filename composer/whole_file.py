"""Files that are written whole, or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from secrets import token_hex
from typing import Literal

#: What lies here is no file that could be put in the place of another.
_DEVICES = (Path("/dev"), Path("/proc"))
#: The system does not say of which file this is so.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def write_whole(path: Path, data: bytes) -> None:
    """In a folder of ours: what stands there is replaced, and a link is never followed.

    Raises:
        OSError: it cannot be written; it names `path`.
    """
    beside = _beside(path)
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        raise _of(path, beside, error) from error
    finally:
        beside.unlink(missing_ok=True)


def write_new(files: Mapping[Path, bytes]) -> None:
    """All of the files, or none of them and of their folders: the next try finds it as it was.

    Raises:
        FileExistsError: one of them is there already.
        OSError: they cannot be written; it names the file.
    """
    made: list[Path] = []
    try:
        for path, data in files.items():
            missing = [parent for parent in path.parents if not parent.exists()]
            for parent in reversed(missing):
                parent.mkdir()
                made.append(parent)
            _write_one(path, data)
            made.append(path)
    except BaseException:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        raise


def _write_one(path: Path, data: bytes) -> None:
    """A half would be in the way of the next try."""
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise
    except BaseException as error:
        with suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


@contextmanager
def whole_file(path: Path) -> Iterator[TextIOWrapper]:
    """A stream for UTF-8, line ends as they are: what stood at `path` stays until all is there.

    A link stays one, and permissions stay what they were. What is no file (a pipe, a terminal)
    is written as it comes, and so is a file in a folder that takes no others.

    Raises:
        OSError: it cannot be written; it names `path`.
    """
    target = Path(os.path.realpath(path))
    beside = None if _is_device(path) or _takes_no_others(target) else _beside(target)
    try:
        if beside is None:
            with _opened(path, "w") as stream:
                yield stream
        else:
            with _opened(beside, "x") as stream:
                yield stream
            if target.exists():
                shutil.copymode(target, beside)
            beside.replace(target)
    except OSError as error:
        raise _of(path, beside, error) from error
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)


def _of(path: Path, beside: Path | None, error: OSError) -> OSError:
    """The same trouble, told of the file that somebody named; one of another file as it is."""
    if error.filename == str(beside) or (not error.filename and error.errno in _FULL):
        return OSError(error.errno, error.strerror, str(path))
    return error


def _is_device(path: Path) -> bool:
    real = path.absolute()
    return (path.exists() and not path.is_file()) or any(map(real.is_relative_to, _DEVICES))


def _takes_no_others(target: Path) -> bool:
    """Whether the file can be changed, and none be made beside it."""
    return not os.access(target.parent, os.W_OK) and os.access(target, os.W_OK)


def _beside(target: Path) -> Path:
    return target.with_name(f".newsletter-{token_hex(4)}.partial")


def _opened(path: Path, mode: Literal["w", "x"]) -> TextIOWrapper:
    return path.open(mode, encoding="utf-8", errors="replace", newline="")
