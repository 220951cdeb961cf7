"""FER+: the faces of FER-2013 with labels made from the votes of ten annotators."""
