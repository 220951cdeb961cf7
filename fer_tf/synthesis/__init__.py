"""Faces that nobody has to license: rendered, overlaid or generated."""
