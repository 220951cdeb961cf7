"""Disguises drawn on photographs: masks, glasses, hats, scarves, beards and make-up."""
