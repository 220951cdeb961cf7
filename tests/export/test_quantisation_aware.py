import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from export import quantisation_aware, tflite
from export.calibration import calibration_inputs
from export.equalisation import equalise
from export.fake_quantisation import QuantisedTwin, fake_quantise, fake_quantise_kernel, folded
from export.litert import TFLiteRunner
from export.model_info import ModelInfo
from export.quantisation_aware import fine_tune
from export.second_try import second_try
from export.tflite import export_tflite
from fer_tf.data.options import InputOptions
from fer_tf.errors import InputError
from fer_tf.faces.tflite import open_interpreter
from fer_tf.labels import ACTION_UNIT_TASK
from fer_tf.models.registry import build


@pytest.fixture(scope="module")
def faces(rendered_faces):
    options, info = InputOptions("rendered_faces/tiny", rendered_faces, 32), ModelInfo(input_size=32)
    return np.round(calibration_inputs(options, info, 70)["image"]).astype(np.uint8)


def copied(model):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def trapped(factor=100.0):
    """A network whose first and second channels reach far beyond the others, which the next layer takes back."""
    keras.utils.set_random_seed(3)
    image = keras.Input((32, 32, 3), name="image")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(image)
    x = keras.layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="first")(x)
    x = first = keras.layers.BatchNormalization(name="normal")(x)
    x = keras.layers.Conv2D(16, 3, padding="same", name="second")(keras.layers.ReLU()(x))
    x = keras.layers.ReLU()(keras.layers.Add()([first, x]))
    x = keras.layers.Conv2D(24, 3, strides=2, padding="same", activation="relu", name="third")(x)
    start = keras.initializers.RandomNormal(stddev=3.0, seed=1)
    logits = keras.layers.Dense(7, kernel_initializer=start, name="logits")(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(image, logits, name="trapped")
    scale = np.ones(16, np.float32)
    scale[:2] = factor
    normal, second, third = (model.get_layer(name) for name in ("normal", "second", "third"))
    for variable in (normal.gamma, normal.beta):
        variable.assign(variable * scale)
    second.kernel.assign(second.kernel / scale[:, None] * scale)
    second.bias.assign(second.bias * scale)
    third.kernel.assign(third.kernel / scale[:, None])
    return model


def probabilities(model, images):
    return keras.ops.softmax(model.predict_on_batch(images)).numpy()


def of_int8(model, images):
    return TFLiteRunner(export_tflite(model, "int8", images), 1).probabilities(images)


def test_grid_by_hand():
    # Range -1..3: scale 4 / 255, zero point round(-128 + 63.75) = -64, so the grid reaches -64 S .. 191 S.
    step = 4 / 255
    found = fake_quantise(tf.constant([-2.0, -1.0, 0.0, 0.4 * step, 0.6 * step, 1.0, 9.0]), -1.0, 3.0).numpy()
    np.testing.assert_allclose(found / step, [-64, -64, 0, 0, 1, 64, 191], atol=1e-4)
    # 0 is always on the grid.
    np.testing.assert_allclose(fake_quantise(tf.constant([5.0]), 4.0, 5.1).numpy() / (5.1 / 255), [250], atol=1e-3)
    assert fake_quantise(tf.constant([0.0]), 0.0, 0.0).numpy() == 0


def test_gradients_go_straight_through():
    values = tf.constant([-2.0, -0.3, 0.0, 0.7, 5.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(values)
        rounded, kernel = fake_quantise(values, -1.0, 3.0), fake_quantise_kernel(values[:, None])
    assert tape.gradient(rounded, values).numpy().tolist() == [0, 1, 1, 1, 0]
    assert tape.gradient(kernel, values).numpy().tolist() == [1] * 5


@pytest.fixture(scope="module")
def twin_and_file(model, images):
    twin = QuantisedTwin(model)
    twin.calibrate(images)
    return twin, export_tflite(model, "int8", images)


def test_kernels_are_those_of_the_file(twin_and_file):
    twin, content = twin_and_file
    interpreter = open_interpreter(content)
    stored = {}
    for detail in interpreter.get_tensor_details():
        scales = detail["quantization_parameters"]["scales"]
        if detail["dtype"] == np.int8 and len(scales) > 1:
            axis = detail["quantization_parameters"]["quantized_dimension"]
            values = interpreter.get_tensor(detail["index"]).astype(np.float32)
            shape = [-1 if place == axis else 1 for place in range(values.ndim)]
            stored[values.shape] = values * scales.reshape(shape)
    orders = {"Conv2D": (3, 0, 1, 2), "DepthwiseConv2D": (3, 0, 1, 2), "Dense": (1, 0)}
    steps = [step for step in twin.steps if step.kind in orders]
    assert len(steps) == len(stored) == 4
    for step in steps:
        kernel = fake_quantise_kernel(folded(step)[0], 2 if step.kind == "DepthwiseConv2D" else 1).numpy()
        if step.kind == "DepthwiseConv2D":
            kernel = kernel.reshape(3, 3, -1, 1)
        kernel = kernel.transpose(orders[step.kind])
        np.testing.assert_allclose(kernel, stored[kernel.shape], atol=1e-6)


def test_tensors_have_the_scales_of_the_file(twin_and_file):
    twin, content = twin_and_file
    details = [d for d in open_interpreter(content).get_tensor_details() if d["dtype"] == np.int8]
    stored = {float(detail["quantization"][0]) for detail in details}
    low, high = np.minimum(twin.ranges[:, 0], 0), np.maximum(twin.ranges[:, 1], 0)
    for scale in (high - low) / 255:
        # The export paints two corners black and white, which the first convolution sees.
        assert min(abs(other / scale - 1) for other in stored) < 2e-3


def test_the_twin_answers_as_the_file(twin_and_file, model, images):
    twin, content = twin_and_file
    ours = tf.nn.softmax(twin.quantised(images)).numpy()
    file = TFLiteRunner(content, 1).probabilities(images)
    to_float = np.abs(file - probabilities(model, images)).mean()
    assert np.abs(ours - file).mean() < min(0.005, to_float)


def test_models_inside_models_are_followed(images):
    keras.utils.set_random_seed(0)
    inner_image = keras.Input((32, 32, 3))
    inner = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3, use_bias=False)(inner_image))
    inner = keras.Model(inner_image, inner, name="inner")
    image = keras.Input((32, 32, 3), name="image")
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.ReLU()(inner(image)))
    nested = keras.Model(image, keras.layers.Dense(7)(x), name="nested")
    twin = QuantisedTwin(nested)
    # Image, convolution with its ReLU, mean, logits.
    assert twin.ranges.shape == (4, 2)
    assert len(twin.variables) == 5
    twin.calibrate(images)
    expected = nested.predict_on_batch(images)
    np.testing.assert_allclose(twin.quantised(images), expected, atol=0.02 * np.abs(expected).max())
    assert fine_tune(nested, images, 1).get_layer("inner").name == "inner"


def test_equalising_keeps_the_float_model(faces):
    model = trapped()
    before = model.predict_on_batch(faces)
    twin = QuantisedTwin(model)
    twin.calibrate(faces)
    error = np.abs(twin.quantised(faces) - before).mean()
    # After the first sum, and before the logits: what pooling and ReLU let through.
    assert equalise(twin, faces) == 2
    np.testing.assert_allclose(model.predict_on_batch(faces), before, atol=1e-3)
    twin.calibrate(faces)
    assert np.abs(twin.quantised(faces) - before).mean() < error / 5


def test_a_trap_is_left(faces):
    model = trapped()
    expected = probabilities(model, faces)
    before = of_int8(model, faces)
    after = of_int8(fine_tune(model, faces, 1), faces)
    agreement = [(found.argmax(1) == expected.argmax(1)).mean() for found in (before, after)]
    assert agreement[1] > max(agreement[0], 0.9)
    assert np.abs(after - expected).mean() < np.abs(before - expected).mean() / 5


def test_steps_lower_the_loss_of_the_rounded_model(faces):
    model = trapped(1)
    loss, targets = quantisation_aware._loss("emotion", model.predict_on_batch(faces))
    logits = model.get_layer("logits")
    logits.kernel.assign(2 * logits.kernel)
    twin, optimizer = QuantisedTwin(model), keras.optimizers.Adam(1e-3)
    twin.calibrate(faces)
    optimizer.build(twin.variables)
    step = quantisation_aware._step(twin, loss, optimizer)
    before = quantisation_aware._mean_loss(twin, loss, faces, targets, 70)
    for _ in range(20):
        step(faces, targets)
    assert quantisation_aware._mean_loss(twin, loss, faces, targets, 70) < before


def test_the_given_model_stays_and_names_too(faces):
    model = trapped()
    model.get_layer("first").trainable = False
    before = copied(model).get_weights()
    tuned = fine_tune(model, faces, 1)
    assert all((old == new).all() for old, new in zip(before, model.get_weights(), strict=True))
    assert (tuned.name, [layer.name for layer in tuned.layers]) == ("trapped", [layer.name for layer in model.layers])
    assert [weight.path for weight in tuned.weights] == [weight.path for weight in model.weights]
    assert any((old != new).any() for old, new in zip(before, tuned.get_weights(), strict=True))
    # Running averages are part of what the file's convolutions are made of.
    normal = [m.get_layer("normal") for m in (model, tuned)]
    np.testing.assert_array_equal(normal[0].moving_variance, normal[1].moving_variance)


def test_the_seed_decides(faces):
    first, again, other = (fine_tune(trapped(), faces, 1, seed=seed).get_weights() for seed in (1, 1, 2))
    for ours, theirs in zip(first, again, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert any(not np.allclose(ours, theirs) for ours, theirs in zip(first, other, strict=True))


def test_action_units(faces):
    model = build("vgg_au", weights="none", image_size=32, alpha=0.0625, outputs=3, head_width=0.01)
    lines = []
    tuned = fine_tune(model, faces, 1, task=ACTION_UNIT_TASK, say=lines.append)
    assert tuned.output_shape == (None, 3)
    assert [line.split(":")[0] for line in lines] == ["as given", "equalised", "epoch 1"]


def test_errors(model, faces):
    with pytest.raises(InputError, match="fine-tuning got 0 epochs"):
        fine_tune(model, faces, 0)
    with pytest.raises(InputError, match=r"images of shape \(2, 32, 32, 3\): expected at least 5 of \(32, 32, 3\)"):
        fine_tune(model, faces[:2], 1)
    image = keras.Input((32, 32, 3), name="image")
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.SeparableConv2D(4, 3, name="both")(image))
    with pytest.raises(InputError, match=r"layer both of odd is a SeparableConv2D, whose int8 form .* does not know"):
        fine_tune(keras.Model(image, x, name="odd"), faces, 1)
    two = keras.Model([image, keras.Input((32, 32, 3))], x, name="two")
    with pytest.raises(InputError, match="model two has 2 inputs"):
        QuantisedTwin(two)


@pytest.fixture
def given(tmp_path, rendered_faces, monkeypatch):
    flags = SimpleNamespace(
        run_dir=str(tmp_path),
        output_dir=None,
        kinds=["int8"],
        dataset="rendered_faces/tiny",
        data_dir=rendered_faces,
        split="test",
        batch_size=16,
        calibration_images=30,
        fine_tune_epochs=2,
        fine_tune_images=30,
        max_probability_difference=None,
        max_accuracy_loss=-1.0,  # refuses whatever comes
        max_group_loss=None,
    )
    monkeypatch.setattr("absl.flags.FLAGS", flags)
    return flags


def test_a_refused_file_gets_a_second_try(given, tmp_path, capsys):
    trapped().save(tmp_path / "model.keras")
    with pytest.raises(InputError, match=r"model_int8\.tflite is refused") as caught:
        tflite.main([])
    assert str(caught.value).count("is refused") == 1
    report = json.loads((tmp_path / "export" / "parity_model_int8.json").read_text())
    assert report["fine_tuned_epochs"] == 2
    assert report["accuracy_loss_before"] == pytest.approx(0, abs=1)
    assert report["mean_probability_difference"] < 0.02
    printed = capsys.readouterr().out
    assert "allowed is -1.0): fine-tuning on 30 training images" in printed
    assert "  epoch 2: held-out loss" in printed
    assert printed.count("model_int8.tflite, 0.") == 2  # written again


def test_without_epochs_a_refused_file_stays(given, tmp_path, capsys):
    trapped().save(tmp_path / "model.keras")
    given.fine_tune_epochs = 0
    with pytest.raises(InputError, match=r"model_int8\.tflite is refused"):
        tflite.main([])
    assert "fine-tuning" not in capsys.readouterr().out


def test_good_files_and_odd_models_are_left(tmp_path, monkeypatch, capsys):
    def reported(*violations):
        report = {"violations": violations, "score": "accuracy", "accuracy_difference": -0.2}
        (tmp_path / "parity_model_int8.json").write_text(json.dumps(report))

    image = keras.Input((8, 8, 3), name="image")
    model = keras.Model(image, keras.layers.Dense(7)(keras.layers.Flatten()(keras.layers.Softmax()(image))))
    pictures = {"image": np.zeros((9, 8, 8, 3))}
    monkeypatch.setattr("export.second_try.calibration_inputs", lambda inputs, info, count: pictures)
    refused = {"int8": "it is refused"}

    def tried(info):
        run = SimpleNamespace(model=model, inputs=None, info=info, output_dir=tmp_path)
        return second_try(run, refused, 1, 9, again=None)

    reported("a probability differs by 0.5")
    assert tried(ModelInfo()) == refused
    assert capsys.readouterr().out == ""
    reported("accuracy falls by 0.2")
    assert tried(ModelInfo()) == refused
    printed = capsys.readouterr().out
    assert "int8 is refused (accuracy falls by 0.2): fine-tuning on 9 training images" in printed
    assert "int8 stays refused, as the model cannot be fine-tuned: layer softmax" in printed
    assert tried(ModelInfo(inputs=("face", "geometry"))) == refused
    assert "cannot be fine-tuned: it has 2 inputs" in capsys.readouterr().out
