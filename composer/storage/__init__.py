"""The database: subscribers, suppression and the ledger."""
