"""Files of a site as they were at a git revision: read out of git's objects, nothing else.

No hook, filter or attribute of the repository is run or honoured, nothing in it is written,
and the working tree is not looked at. Pictures kept by Git LFS are not in git's objects.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from composer.errors import ComposerError, ConfigError, NamedError
from composer.reading.suggest import near

TIMEOUT_S = 60
MAX_BYTES = 500_000_000
_FILES = frozenset({"100644", "100755"})  # no symbolic links, no submodules


@dataclass(frozen=True, slots=True)
class Commit:
    """The revision as somebody named it, and the commit that it means."""

    revision: str
    id: str

    @property
    def short(self) -> str:
        return self.id[:10]


@dataclass(frozen=True, slots=True)
class _Blob:
    id: str
    size: int
    path: str


def find_commit(folder: Path, revision: str) -> Commit:
    """The commit that `revision` means in the repository that `folder` is in.

    Raises:
        ConfigError: there is no repository, nothing in it, or no git.
        NamedError: there is no such commit.
    """
    _prefix(folder)
    found = b""
    if not revision.startswith("-"):
        done = _run(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        found = done.stdout.strip() if done.returncode == 0 else b""
    if not found:
        raise _nothing(folder, revision)
    return Commit(revision, found.decode("ascii"))


def _nothing(folder: Path, revision: str) -> ComposerError:
    """Why `revision` means no commit."""
    if not _checked(folder, "rev-list", "--max-count=1", "--all").strip():
        return ConfigError(
            f"{folder.resolve()} is in a git repository in which nothing is committed yet",
            hint="git add and git commit what you have; newsletter snapshot needs no git",
        )
    refs = _checked(folder, "for-each-ref", "--format=%(refname:short)").decode("utf-8", "replace")
    hint = "a branch, a tag or a commit: git log --oneline --all"
    if _checked(folder, "rev-parse", "--is-shallow-repository").strip() == b"true":
        hint = "this clone is shallow: git fetch --unshallow brings what is older"
    return NamedError(
        f"there is no revision {revision!r}", hint=near(revision, refs.split(), otherwise=hint)
    )


def extract(folder: Path, commit: Commit, names: Sequence[str], into: Path) -> int:
    """Write what `names` (files and folders below `folder`) were at `commit` into `into`.

    How many files there were; names that were not there are passed over.

    Raises:
        ConfigError, ComposerError: git cannot read them, or they are too large.
    """
    prefix = _prefix(folder)
    paths = [f"{prefix}{name}" for name in names]
    listed = _checked(
        folder, "--literal-pathspecs", "ls-tree", "-r", "-l", "-z", "--full-tree", commit.id, *paths
    )
    blobs = list(_blobs(listed))
    if sum(blob.size for blob in blobs) > MAX_BYTES:
        raise ComposerError(f"the site at {commit.revision} is larger than {MAX_BYTES:,} bytes")
    for blob, data in zip(blobs, _contents(folder, blobs), strict=True):
        target = into / _inside(blob.path.removeprefix(prefix))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return len(blobs)


def _prefix(folder: Path) -> str:
    """The path of `folder` in its repository, with `/` at its end, or `""` for the root."""
    done = _run(folder, "rev-parse", "--show-prefix")
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[0].removeprefix("fatal: ") if said else "git does not say why"
        if "not a git repository" in reason:
            raise ConfigError(
                f"{folder.resolve()} is not in a git repository",
                hint="git init, and commit what you have; newsletter snapshot needs no git",
            )
        hint = ""
        if "dubious ownership" in reason:
            hint = "git reads only what is yours: git config --global --add safe.directory FOLDER"
        raise ConfigError(f"git cannot be asked: {reason}", hint=hint)
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def _blobs(listed: bytes) -> Iterator[_Blob]:
    for entry in filter(None, listed.split(b"\0")):
        head, _, path = entry.partition(b"\t")
        mode, _, blob, size = head.decode("ascii").split()
        if mode in _FILES:
            yield _Blob(blob, int(size), path.decode("utf-8", "surrogateescape"))


def _contents(folder: Path, blobs: Sequence[_Blob]) -> Iterator[bytes]:
    """What `git cat-file --batch` answers: a line, so many bytes, a line end."""
    asked = "".join(f"{blob.id}\n" for blob in blobs).encode()
    answer = _checked(folder, "cat-file", "--batch", stdin=asked)
    at = 0
    for blob in blobs:
        start = answer.index(b"\n", at) + 1
        at = start + blob.size + 1
        yield answer[start : at - 1]


def _inside(path: str) -> PurePosixPath:
    """A path that cannot leave the folder that it is written to, whoever made the tree."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or not pure.parts or {"..", ".git"} & set(pure.parts):
        raise ComposerError(f"the repository holds a file at {path!r}, which no site has")
    return pure


def would_be_committed(path: Path) -> bool:
    """Whether `path` is in a working tree of git that does not ignore it; False without git."""
    try:
        # 0: ignored; 1: not ignored; 128: there is no repository.
        return _run(path.parent, "check-ignore", "--quiet", "--", path.name).returncode == 1
    except (ComposerError, OSError):
        return False


def _checked(folder: Path, *words: str, stdin: bytes = b"") -> bytes:
    done = _run(folder, *words, stdin=stdin)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ComposerError(f"git cannot read it: {said[0] if said else 'it does not say why'}")
    return done.stdout


def _run(folder: Path, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    git = shutil.which("git")
    if git is None:
        raise ConfigError("git is not installed", hint="newsletter diff reads the past out of git")
    quiet = {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    safe = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
    try:
        return subprocess.run(  # noqa: S603 - git, with words that are no options
            [git, *safe, *words],
            cwd=folder,
            input=stdin,
            capture_output=True,
            env={**os.environ, **quiet},
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ComposerError(f"git did not answer within {TIMEOUT_S} seconds") from error
