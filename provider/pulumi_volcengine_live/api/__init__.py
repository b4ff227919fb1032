"""Calls the Live API: typed calls and results, signing by the vendor's SDK, the rate limit."""
