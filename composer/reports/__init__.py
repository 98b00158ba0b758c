"""The ledger as numbers that people and scripts read."""
