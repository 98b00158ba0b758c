"""What must be so before the pages are promised to anybody: what they need can be written."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

from composer.errors import Place, StorageError
from composer.refused_files import hint_of
from composer.site import Site


def refuse_unwritable(site: Site) -> str:
    """See that the list can be kept, and what the outbox takes; say what goes without.

    With a database on a server, and a provider that is not the outbox, the site's state holds
    only what can be done without: `""` when it can be written, and else what is missing.

    Raises:
        StorageError: the pages would only say that they are away.
    """
    needed = [] if site.database_file is None else [site.database_file.parent]
    if site.settings.provider.kind == "outbox":
        needed.append(site.state)
    for folder in needed:
        if (error := _trouble(folder)) is not None:
            raise StorageError(
                f"nothing can be written here: {error.strerror}; no page would work",
                place=Place(folder),
                hint=hint_of(error),
            ) from error
    if site.state not in needed and (error := _trouble(site.state)) is not None:
        return (
            f"{site.state} cannot be written ({error.strerror}): the archive is kept in a"
            " temporary folder, and clicks are not counted."
        )
    return ""


def is_writable(folder: Path) -> bool:
    """Whether files can be made in it; it is made itself where it is not there."""
    return _trouble(folder) is None


def _trouble(folder: Path) -> OSError | None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        return error
    return None
