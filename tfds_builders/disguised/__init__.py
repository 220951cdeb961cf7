"""The twin of another dataset, in which everybody wears something."""
