"""SAFER: face, background and place, fused into one emotion (paper C)."""
