"""CK+: posed expressions from neutral to their peak."""
