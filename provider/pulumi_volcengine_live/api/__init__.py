"""The wire: typed calls, the vendor's SDK with its traps undone, the rate limit."""
