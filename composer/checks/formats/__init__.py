"""Findings as text: for people, and in the forms that machines read. Pure functions."""
