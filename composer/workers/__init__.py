"""Past one machine: shares of mailings in a queue, and processes that deliver them."""
