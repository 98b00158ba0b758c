"""The composition root: opens a site folder and hands out provider, storage and templates."""

from composer.site.letters import Site

__all__ = ["Site"]
