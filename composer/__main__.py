"""`python -m composer` is the `newsletter` command."""

from __future__ import annotations

from composer.cli.main import main

if __name__ == "__main__":  # another process of a pool imports this, too
    main()
