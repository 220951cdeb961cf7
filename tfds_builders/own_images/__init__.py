"""The user's own pictures and videos."""
