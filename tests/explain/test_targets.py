import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.explain.targets import checked_targets, target_chooser


def test_targets_by_name_and_by_what_is_said_loudest():
    choose = target_chooser(["AU4", "predicted", "AU4"], ["AU1", "AU4", "AU12"])
    assert choose(np.array([0.1, 0.2, 3.0])) == [1, 2]
    assert choose(np.array([0.1, 5.0, 3.0])) == [1]
    with pytest.raises(InputError, match="target 'AU3': this model has AU1, AU4, or take predicted"):
        target_chooser(["AU3"], ["AU1", "AU4"])
    with pytest.raises(InputError, match="no target: choose predicted, or of AU1"):
        target_chooser([], ["AU1"])


def test_numbers_for_all_images_or_for_each():
    assert checked_targets([1, 0], 3, 2).tolist() == [[1, 0]] * 3
    assert checked_targets([[1], [0]], 2, 2).tolist() == [[1], [0]]
    for wrong in ([2], [-1], []):
        with pytest.raises(InputError, match="targets: expected"):
            checked_targets(wrong, 2, 2)
