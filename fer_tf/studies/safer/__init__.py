"""Does context help, or do frames of one film stand on both sides of the split (paper C)?"""
