"""Answers the engine's calls: check, diff, create, read, update, delete."""
