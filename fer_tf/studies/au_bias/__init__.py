"""Paper B: what a skewed training set does to the detection of action units."""
