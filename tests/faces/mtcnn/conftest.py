import numpy as np
import pytest

from benchmarks.faces_rivals import package as load_package
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.plan import Plan, frames


@pytest.fixture(scope="session")
def package():
    """The PyPI package itself: image -> (n, 15), corners, score, keypoints."""
    return load_package()


@pytest.fixture(scope="session")
def pictures() -> list[np.ndarray]:
    """Rendered people: alone, cut to odd sides, two in one picture and far away."""
    plan = Plan("detector", 5, {"test": 3}, images_per_subject=1, disguised=0.0)
    one, two, three = (draw(frames(plan, "test", index)[0].frame).image for index in range(3))
    far = np.full((301, 403, 3), 90, np.uint8)
    far[40:264, 30:254] = two
    far[120:232, 260:372] = three[::2, ::2]
    return [one, two[:211, 7:], far, three]
