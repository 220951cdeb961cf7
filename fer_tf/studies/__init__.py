"""Experiments of the papers that are more than one training: grids, their splits and their tables."""
