"""What an issue looks like to each persona, what was approved, and what became different."""
