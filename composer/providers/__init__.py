"""Adapters, one file for each provider; only `composer.site` imports them."""
