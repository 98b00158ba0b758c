"""One module for each provider: is a call really from it, and what does it tell?"""

from composer.events.webhooks.post import Post, Refusal, Source, Taken, Unreadable

__all__ = ["Post", "Refusal", "Source", "Taken", "Unreadable"]
