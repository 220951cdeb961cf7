import numpy as np
import pytest
import tensorflow as tf

from fer_tf.faces.mtcnn import kernels

RANDOM = np.random.default_rng(0)


def normal(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def prelu(x, slopes):
    return np.maximum(x, 0) + slopes * np.minimum(x, 0)


@pytest.mark.parametrize(("channels", "outputs", "height", "width"), [(3, 12, 9, 14), (5, 4, 40, 61), (16, 8, 3, 3)])
def test_convolve_agrees_with_tensorflow(channels, outputs, height, width):
    picture, kernel = normal(height, width, channels), normal(3, 3, channels, outputs)
    bias, slopes = normal(outputs), normal(outputs)
    expected = prelu(tf.nn.conv2d(picture[None], kernel, 1, "VALID")[0].numpy() + bias, slopes)
    layer = kernels.Layer(np.ascontiguousarray(kernel.reshape(9, channels, outputs).T), bias, slopes)
    out = np.full((outputs, (height - 2) * width), np.nan, np.float32)
    planes = np.ascontiguousarray(picture.reshape(-1, channels).T)
    kernels.convolve(planes, 0, width, layer, out, (height - 2) * width - 2)
    assert np.isnan(out[:, -2:]).all()  # nothing is written beyond the count
    found = out.reshape(outputs, height - 2, width)[..., : width - 2].transpose(1, 2, 0)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_convolve_begins_where_it_is_told():
    picture, layer = normal(3, 12 * 10), kernels.Layer(normal(4, 3, 9), normal(4), normal(4))
    whole, part = np.empty((4, 100), np.float32), np.empty((4, 100), np.float32)
    kernels.convolve(picture, 0, 10, layer, whole, 98)
    kernels.convolve(picture, 40, 10, layer, part, 58)
    np.testing.assert_array_equal(part[:, :58], whole[:, 40:98])


@pytest.mark.parametrize(("side", "padding"), [(2, "SAME"), (3, "SAME"), (3, "VALID")])
@pytest.mark.parametrize("valid", [(9, 7), (7, 9), (21, 9)])
def test_pool_agrees_with_tensorflow(side, padding, valid):
    # Three pictures of 23x11 of which a part means something; P-Net's odd sides among them.
    rows, columns = valid
    x = normal(3, 23, 11, 4)
    inner = x[:, :rows, :columns]
    expected = tf.nn.max_pool2d(inner, side, 2, padding).numpy()
    if padding == "SAME" and side == 3:
        # TensorFlow pads odd sides on both ends; the networks have even ones.
        inner = x[:, : rows - 1, : columns - 1]
        expected = tf.nn.max_pool2d(inner, side, 2, padding).numpy()
    shape = expected.shape[1:3]
    out = np.empty((4, 3 * shape[0] * shape[1]), np.float32)
    planes = np.ascontiguousarray(x.reshape(-1, 4).T)
    kernels.pool(planes, 23 * 11, 11, inner.shape[1:3], side, out, shape)
    np.testing.assert_array_equal(out.reshape(4, 3, *shape).transpose(1, 2, 3, 0), expected)


def test_mix_and_dense_are_products_of_matrices():
    x, weights, bias = normal(8, 2500), normal(6, 8), normal(6)
    out = np.empty((6, 2500), np.float32)
    kernels.mix(x, kernels.Layer(weights, bias, bias), out, 2500)
    np.testing.assert_allclose(out, weights @ x + bias[:, None], atol=1e-5)
    rows, weights = normal(5, 64), normal(64, 7)
    out, bias = np.empty((5, 7), np.float32), normal(7)
    kernels.dense(rows, kernels.Layer(weights, bias, bias), out)
    np.testing.assert_allclose(out, rows @ weights + bias, atol=1e-4)
