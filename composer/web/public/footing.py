"""What must be so before the pages are promised to anybody: the site's state can be written."""

from __future__ import annotations

from tempfile import TemporaryFile

from composer.errors import Place, StorageError
from composer.site import Site


def refuse_unwritable(site: Site) -> None:
    """The list, the clicks and the archive are kept there.

    Raises:
        StorageError: nothing can be written there: every page would only say that it is away.
    """
    try:
        site.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=site.state) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        raise StorageError(
            f"nothing can be written here: {error.strerror}; no page would work",
            place=Place(site.state),
            hint="look at its permissions, at its file system, and at the room on the disk",
        ) from error
