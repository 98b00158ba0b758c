"""One of the processes that deliver one mailing together: python -m composer.workers.hand.

Its arguments are the site's folder and the mailing. Each line of its input names a share; each
line of its output tells how many deliveries are done with, or how the share ended. It ends when
its input does: its parent wants that, or is there no more.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from composer.dispatch import deliver_share
from composer.errors import ComposerError
from composer.sending.ledger import Share
from composer.sending.orders import Wish
from composer.sending.terms import Run, Terms
from composer.site import Site


def main(folder: Path, mailing_id: str) -> int:
    stop = threading.Event()

    def drain(_: int, __: FrameType | None) -> None:
        stop.set()

    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, drain)
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked, stop), name="parent", daemon=True).start()
    site = Site.find(folder, os.environ)
    terms = Terms(stop=stop, progress=_settled, say=_say)
    while (line := asked.get()) and not stop.is_set():
        first, last, retry_now = json.loads(line)
        share = Share(mailing_id, first, last)
        _tell(_delivered(site, share, replace(terms, retry_now=retry_now)))
    return 0


def _delivered(site: Site, share: Share, terms: Terms) -> dict[str, Any]:
    """How it ended, as `crew` reads it."""
    try:
        mailing = site.database.ledger.mailing(share.mailing_id)
        assert mailing is not None  # noqa: S101 - our parent read it
        run = deliver_share(site, mailing, share, terms)
    except ComposerError as error:
        return {"failure": _document(error), "wished": _wished(site, share)}
    return {"handed_over": run.handed_over, "became_unknown": run.became_unknown, **_end(run)}


def _end(run: Run) -> dict[str, Any]:
    return {
        "failure": _document(run.failure) if run.failure else None,
        "wished": run.asked.wish is not Wish.NONE,
    }


def _wished(site: Site, share: Share) -> bool:
    """Whether somebody asked for an end: then it is no failure that we could not begin."""
    try:
        return site.database.ledger.orders.asked(share.mailing_id).wish is not Wish.NONE
    except ComposerError:
        return False


def _document(error: ComposerError) -> list[str]:
    place = str(error.place) if error.place else ""
    return [
        type(error).__name__,
        f"{place}: {error.problem}" if place else error.problem,
        error.hint,
    ]


def _listen(asked: queue.SimpleQueue[str], stop: threading.Event) -> None:
    for line in sys.stdin:
        asked.put(line)
    stop.set()
    asked.put("")


def _settled(count: int) -> None:
    _tell({"settled": count})


def _tell(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
