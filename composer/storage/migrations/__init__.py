"""Alembic's migrations: they add and rebuild, and never drop what a site has stored."""
