"""FABO: posed films of face and body."""
