"""The head as geometry: neutral shape, identity, action units, eyes, mouth, ears, body."""
