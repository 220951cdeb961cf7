def __getattr__(name: str):
    # Late, so that --help and a misspelt path do not wait for TensorFlow.
    if name == "Predictor":
        from fer_tf.predict.predictor import Predictor

        return Predictor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
