"""Mailboxes of every kind that bounces come home to; imported by nobody but the site."""
