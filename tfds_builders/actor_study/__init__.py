"""The Actor Study: action units of 21 actors from several views."""
