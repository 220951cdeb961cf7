from fer_tf.predict.predictor import Predictor

__all__ = ["Predictor"]
