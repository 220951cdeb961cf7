"""DISFA: spontaneous expressions on video, with the intensity of action units in every frame."""
