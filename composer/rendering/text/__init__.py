"""The plain-text variant, written from the issue and never scraped from HTML."""

from __future__ import annotations

from composer.rendering.text.form import Form, form_of
from composer.rendering.text.page import text_of

__all__ = ["Form", "form_of", "text_of"]
