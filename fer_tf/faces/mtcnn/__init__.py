"""MTCNN with the weights of the PyPI package mtcnn 1.0.0, many times faster: ``detector.find_faces``."""
