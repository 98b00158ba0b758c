"""The archive: every public issue as a page of a static site, with feeds and a search."""

from __future__ import annotations

from composer.archive.build import Archive, build
from composer.archive.entries import due_issues

__all__ = ["Archive", "build", "due_issues"]
