"""What providers and mailboxes tell after a message was handed over, in words of our own."""
