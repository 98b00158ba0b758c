"""The plain-text variant, written from the issue and never scraped from HTML."""

from __future__ import annotations

from composer.rendering.text.page import text_of

__all__ = ["text_of"]
