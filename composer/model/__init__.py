"""Frozen dataclasses that every room speaks in: no I/O, no clock, standard library only."""
