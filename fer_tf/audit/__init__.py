"""Audits of datasets and of models: ``python -m fer_tf.audit``."""
