"""A run on disk, and the thread that trains it."""
