"""SMTP (RFC 5321) over a few verified connections, each answer taken at its word."""

from __future__ import annotations

from composer.providers.smtp.provider import SmtpProvider

__all__ = ["SmtpProvider"]
