"""Things worn on the head and face, as geometry."""
