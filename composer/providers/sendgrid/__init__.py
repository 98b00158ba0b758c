"""SendGrid's mail API v3, through its own SDK behind a fence."""

from __future__ import annotations

from composer.providers.sendgrid.provider import SendgridProvider

__all__ = ["SendgridProvider"]
