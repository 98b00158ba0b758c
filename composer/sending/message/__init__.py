"""The MIME message of an edition: compiled once, spliced for every recipient."""

from __future__ import annotations

from composer.sending.message.message import Message

__all__ = ["Message"]
