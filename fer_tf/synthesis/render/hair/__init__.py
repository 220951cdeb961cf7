"""Hair on the scalp and on the chin, as locks of geometry."""
