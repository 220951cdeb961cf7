import keras
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNIT_TASK, EMOTION_TASK
from fer_tf.models.registry import build, task_of
from fer_tf.models.weights import load_model

THIN_VGG = {"image_size": 32, "weights": "none", "alpha": 0.05, "head_width": 0.01}
SMALL = {"image_size": 32, "weights": "none", "alpha": 0.35, "head_width": 0.01}


def trained_layers(model):
    return {weight.path.split("/")[0] for weight in model.trainable_weights}


@pytest.mark.parametrize(("name", "options"), [("vgg_au", THIN_VGG), ("mobilenet_au", SMALL)])
def test_a_saved_model_answers_the_same_on_bytes_and_floats(name, options, tmp_path):
    model = build(name, outputs=5, **options)
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    logits = model.predict(images, verbose=0)
    assert logits.shape == (2, 5)
    np.testing.assert_allclose(model.predict(images.astype(np.float32), verbose=0), logits, atol=1e-5)
    model.save(tmp_path / "m.keras")
    np.testing.assert_allclose(load_model(tmp_path / "m.keras").predict(images, verbose=0), logits, atol=1e-5)
    again = build(name, outputs=5, **options | {"weights": str(tmp_path / "m.keras"), "seed": 9})
    np.testing.assert_allclose(again.predict(images, verbose=0), logits, atol=1e-5)
    assert trained_layers(model) == {"fc1", "fc2", "logits"}
    assert len(build(name, outputs=5, trainable="all", **options).trainable_weights) > 20


def test_vgg_reads_what_caffe_read():
    model = build("vgg_au", **THIN_VGG)
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    centred = keras.Model(model.input, model.get_layer("centre").output).predict(images, verbose=0)
    np.testing.assert_allclose(centred, keras.applications.vgg16.preprocess_input(images.copy()), atol=1e-4)


def test_the_full_head_is_the_papers():
    model = build("vgg_au", image_size=32, weights="none", outputs=24, pooling="average")
    assert [model.get_layer(name).units for name in ("fc1", "fc2", "logits")] == [4096, 4096, 24]
    assert model.get_layer("block5_conv3").filters == 512
    assert model.get_layer("dropout1").rate == 0.5


def test_a_thin_network_is_the_same_but_for_its_width():
    thin, full = build("vgg_au", **THIN_VGG), build("vgg_au", **THIN_VGG | {"alpha": 1.0})
    assert [layer.name for layer in thin.layers] == [layer.name for layer in full.layers]
    assert thin.get_layer("block3_conv2").filters == round(0.05 * 256)
    assert thin.get_layer("features").output.shape[1] == round(0.05 * 512)


def test_pooling_decides_what_the_head_sees():
    assert build("mobilenet_au", **SMALL | {"image_size": 64}).get_layer("features").output.shape == (None, 1280)
    flat = build("mobilenet_au", **SMALL | {"image_size": 64}, pooling="none")
    assert flat.get_layer("features").output.shape == (None, 2 * 2 * 1280)


def test_what_lies_in_the_margins_is_not_looked_at():
    model = build("mobilenet_au", **SMALL | {"image_size": 80}, margins="0.2,0,0.15,0.25")
    assert model.get_layer("inside").output.shape == (None, 64, 48, 3)
    images = np.random.default_rng(0).uniform(0, 255, (1, 80, 80, 3)).astype(np.float32)
    changed = images.copy()
    changed[:, :16], changed[:, :, :12], changed[:, :, 60:] = 0, 0, 0
    np.testing.assert_array_equal(model.predict(changed, verbose=0), model.predict(images, verbose=0))
    changed[:, 40, 30] += 50
    assert (model.predict(changed, verbose=0) != model.predict(images, verbose=0)).any()


@pytest.mark.parametrize("margins", ["0.2,0,0.1", "a,b,c,d", "0.5,0.5,0,0", "-0.1,0,0,0", "nan,0,0,0"])
def test_margins_that_leave_nothing_are_refused(margins):
    with pytest.raises(InputError, match=f"margins are '{margins}'"):
        build("mobilenet_au", **SMALL | {"image_size": 80}, margins=margins)


def test_frozen_blocks_go_with_training_everything():
    model = build("mobilenet_au", trainable="all", frozen_blocks=3, **SMALL)
    assert "Conv1" not in trained_layers(model)
    assert "block_3_expand" in trained_layers(model)


def test_the_model_tells_the_task():
    assert task_of("vgg_au") == task_of("mobilenet_au") == ACTION_UNIT_TASK
    assert task_of("mobilenet_v2") == task_of("small_cnn") == EMOTION_TASK


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("vgg_au", {"image_size": 16}, "image_size is 16: VGG16 needs at least 32"),
        ("vgg_au", {"weights": "imagenet", "alpha": 0.5}, "ImageNet's weights are of alpha=1"),
        ("vgg_au", {"trainable": "some"}, "trainable is 'some': choose one of head, all"),
        ("mobilenet_au", {"pooling": "max"}, "pooling is 'max': choose one of none, average"),
        ("mobilenet_au", {"head_width": 0.0}, "head_width is 0.0"),
    ],
)
def test_bad_options_are_named(name, options, message):
    with pytest.raises(InputError, match=message):
        build(name, **{**(THIN_VGG if name == "vgg_au" else SMALL), **options})
