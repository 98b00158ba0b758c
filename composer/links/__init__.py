"""Asks the network whether the links and remote images of issues are alive."""
