"""iNNvestigate, in a process of its own."""

from fer_tf.explain.innvestigate.analyser import METHODS, Innvestigate

__all__ = ["METHODS", "Innvestigate"]
