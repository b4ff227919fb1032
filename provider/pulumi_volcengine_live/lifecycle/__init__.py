"""Safe create, adopt, read, update and delete, whatever the service answers."""
