"""The ledger as numbers that people read."""
