"""What SpamAssassin on this machine says of a letter; nothing leaves the machine."""
