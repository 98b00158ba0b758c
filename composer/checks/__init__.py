"""Rules over an issue, its edition and its audience; each gives findings."""
