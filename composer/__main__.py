"""`python -m composer` is the `newsletter` command."""

from __future__ import annotations

from composer.cli.main import main

main()
