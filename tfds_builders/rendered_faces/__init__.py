"""Faces that the project renders itself, with exact labels."""
