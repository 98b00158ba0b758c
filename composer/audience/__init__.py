"""Subscribers, segments and suppression: who may be mailed, and why not."""
