"""From surfaces to pixels: projection, z-buffer, shadows, shading."""
