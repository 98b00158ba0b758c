"""Adapters to what takes responsibility for messages; only `composer.site` imports them."""
