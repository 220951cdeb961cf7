"""Layer-wise relevance propagation for the models of this project."""

from fer_tf.explain.lrp.analyser import Lrp
from fer_tf.explain.lrp.composites import COMPOSITES, Composite

__all__ = ["COMPOSITES", "Composite", "Lrp"]
