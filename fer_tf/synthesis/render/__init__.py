"""Parametric faces: a ``spec.Frame`` goes into ``picture.draw``, a picture with its truth comes out."""
