"""One link key's owners, and when they are worth a second look."""
