"""Is this site fit to send? What the DNS, the servers and this machine say, and what to change."""
