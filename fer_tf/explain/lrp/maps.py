"""Linear maps of a network and their transposes: what the rules of LRP are written in."""

import abc
import dataclasses

import keras
import tensorflow as tf


class LinearMap(abc.ABC):
    """z = W a + b of a layer, without its activation.

    A rule asks for the same map with other weights (their positive part, ones), so weights are arguments.

    Attributes:
        layer: of Keras; its weights are read whenever the map is used, so that changed weights count.
        scale: the batch normalisation that follows and is folded in, or None.
        use_bias: False leaves all biases out, those of batch normalisation too.
    """

    def __init__(self, layer: keras.layers.Layer, scale: keras.layers.Layer | None = None, use_bias: bool = True):
        self.layer, self.scale, self.use_bias = layer, scale, use_bias

    def parameters(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Kernel and bias, float32, batch normalisation folded in: W s and (b - mean) s + beta, s = gamma / std."""
        kernel = tf.cast(self.layer.kernel.value, tf.float32)
        bias = self.layer.bias.value if self.layer.use_bias else 0.0
        if self.scale is not None:
            scale, offset = _scale_and_offset(self.scale)
            kernel, bias = kernel * self._along_outputs(scale, kernel), bias * scale + offset
        outputs = self._outputs(kernel)
        bias = tf.broadcast_to(tf.cast(bias, tf.float32), (outputs,)) if self.use_bias else tf.zeros((outputs,))
        return kernel, bias

    @abc.abstractmethod
    def forward(self, a: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """W a."""

    @abc.abstractmethod
    def transposed(self, s: tf.Tensor, kernel: tf.Tensor, shape: tf.Tensor) -> tf.Tensor:
        """W^T s, of the given shape, which is that of a."""

    def _along_outputs(self, scale: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        return scale

    def _outputs(self, kernel: tf.Tensor) -> int:
        return kernel.shape[-1]


class DenseMap(LinearMap):
    """A connected layer."""

    def forward(self, a, kernel):
        return tf.linalg.matmul(a, kernel)

    def transposed(self, s, kernel, shape):
        return tf.linalg.matmul(s, kernel, transpose_b=True)


class ConvolutionMap(LinearMap):
    """A convolution over two dimensions, channels last."""

    def forward(self, a, kernel):
        return tf.nn.conv2d(a, kernel, self._strides, self.layer.padding.upper())

    def transposed(self, s, kernel, shape):
        return tf.raw_ops.Conv2DBackpropInput(
            input_sizes=shape,
            filter=kernel,
            out_backprop=s,
            strides=self._strides,
            padding=self.layer.padding.upper(),
        )

    @property
    def _strides(self) -> list[int]:
        return [1, *self.layer.strides, 1]


class DepthwiseMap(ConvolutionMap):
    """A convolution of each channel by itself."""

    def forward(self, a, kernel):
        return tf.nn.depthwise_conv2d(a, kernel, self._strides, self.layer.padding.upper())

    def transposed(self, s, kernel, shape):
        padding = self.layer.padding.upper()
        return tf.nn.depthwise_conv2d_backprop_input(shape, kernel, s, self._strides, padding)

    def _along_outputs(self, scale, kernel):
        return tf.reshape(scale, kernel.shape[-2:])

    def _outputs(self, kernel):
        return kernel.shape[-2] * kernel.shape[-1]


@dataclasses.dataclass(frozen=True)
class Use:
    """A linear map where it stands in the network.

    Attributes:
        map: see there.
        a: what comes in, float32 (B, ...).
        kernel: weights.
        bias: (outputs,).
        signed_input: False where a is known not to be negative, after a ReLU.
        signed_output: False where only positive z carry relevance, because a ReLU follows.
        low: of what comes in, for the rule of the input; broadcasts with a. None but at the first layers.
        high: see low.
    """

    map: LinearMap
    a: tf.Tensor
    kernel: tf.Tensor
    bias: tf.Tensor
    signed_input: bool = True
    signed_output: bool = True
    low: tf.Tensor | None = None
    high: tf.Tensor | None = None

    def forward(self, a: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """W a of other inputs or weights."""
        return self.map.forward(a, kernel)

    def back(self, s: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """W^T s."""
        return self.map.transposed(s, kernel, tf.shape(self.a))


def _scale_and_offset(layer: keras.layers.BatchNormalization) -> tuple[tf.Tensor, tf.Tensor]:
    """S and t of batch normalisation as s z + t, with the running averages."""
    scale = tf.math.rsqrt(tf.cast(layer.moving_variance.value, tf.float32) + layer.epsilon)
    if layer.scale:
        scale *= layer.gamma.value
    offset = -layer.moving_mean.value * scale
    return scale, offset + layer.beta.value if layer.center else offset
