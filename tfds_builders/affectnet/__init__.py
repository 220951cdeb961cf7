"""AffectNet: faces of the web in eight emotions."""
