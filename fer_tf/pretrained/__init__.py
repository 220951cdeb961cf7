"""The model in the box and its card."""
