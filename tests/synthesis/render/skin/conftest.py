import pytest

from fer_tf.synthesis.render.spec import SHAPE_NAMES, Subject


@pytest.fixture
def person():
    """Makes a subject; what is not given is plain."""

    def make(seed=5, **attributes):
        plain = {
            **{"subject_id": str(seed), "seed": seed, "gender": 0, "age": 30.0, "skin_tone": 3},
            **{"shape": (0.0,) * len(SHAPE_NAMES), "hair_style": "bald", "hair_colour": (40.0, 30.0, 20.0)},
        }
        return Subject(**(plain | attributes))

    return make
