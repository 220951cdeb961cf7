"""Sets of disguised faces that fer_tf.synthesis.generate makes."""
