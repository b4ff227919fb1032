"""The command `volcengine-live`, a module for each of its verbs."""
