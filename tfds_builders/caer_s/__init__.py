"""CAER-S: frames of TV shows, with their context."""
