"""Places behind the person, named as in Places365."""
