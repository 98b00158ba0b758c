"""Plan, freeze, deliver and account; the ports `Provider` and `Ledger` live here."""
