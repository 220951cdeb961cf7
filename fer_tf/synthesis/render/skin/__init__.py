"""What the face's surface looks like: its colour, gloss and relief, painted flat."""
