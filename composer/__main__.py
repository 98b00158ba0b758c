"""`python -m composer` is the `newsletter` command."""

from __future__ import annotations

import signal


def run() -> None:
    """The command. Ctrl-C while its modules are still being read ends it without a word."""
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # or somebody ignores it
    if ours:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from composer.cli.main import main  # noqa: PLC0415 - see above

    if ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    main()


if __name__ == "__main__":  # another process of a pool imports this, too
    run()
