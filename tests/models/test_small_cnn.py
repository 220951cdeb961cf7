import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.models.registry import build


def test_bytes_go_in_and_logits_come_out():
    model = build("small_cnn", image_size=32)
    assert model.predict(np.zeros((2, 32, 32, 3), np.uint8), verbose=0).shape == (2, 7)
    assert model.get_layer("scale").output.shape == (None, 32, 32, 3)


def test_weights_of_another_run_are_taken_over(tmp_path):
    first = build("small_cnn", image_size=32, seed=1)
    first.save(tmp_path / "m.keras")
    second = build("small_cnn", image_size=48, weights=str(tmp_path / "m.keras"))
    for ours, theirs in zip(second.get_weights(), first.get_weights(), strict=True):
        assert (ours == theirs).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": 8}, "image_size is 8: small_cnn needs at least 16"),
        ({"weights": "imagenet"}, "small_cnn has no ImageNet weights"),
        ({"alpha": 0.5}, "small_cnn has no option 'alpha'"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        build("small_cnn", **options)
