"""Stable Diffusion with ControlNet; torch and diffusers are loaded in ``pipeline`` only, when it is used."""
