"""EMOTIC: people in context, with 26 categories of feelings."""
