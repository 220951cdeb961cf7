"""Ways to make a model serve groups alike: while it is trained (``options``), and afterwards (``multiaccuracy``)."""
