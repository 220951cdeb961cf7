import numpy as np

from fer_tf.faces import indices
from fer_tf.synthesis.render.head.indices import OVAL
from fer_tf.synthesis.render.head.topology import mirror, neutral_face


def mirrored(points):
    return tuple(mirror()[list(points)].tolist())


def test_left_is_the_mirror_image_of_right():
    sided = [name for name in vars(indices) if name.startswith("RIGHT_")]
    assert len(sided) == 6
    for name in sided:
        right, left = (np.atleast_1d(getattr(indices, side + name[6:])) for side in ("RIGHT_", "LEFT_"))
        assert mirrored(right) == tuple(left), name
        assert (neutral_face()[right, 0] < 0).all(), "the subject's right is on the image's left"
    assert mirrored([indices.MOUTH_RIGHT]) == (indices.MOUTH_LEFT,)


def test_centres_come_in_mirrored_pairs_or_lie_on_the_midline():
    for table in (indices.AU_CENTRES, indices.AU_CENTRE_ALTERNATIVES):
        for unit, points in table.items():
            assert mirrored(points[:1]) == points[-1:], unit


def test_alternatives_have_as_many_points():
    for unit, points in indices.AU_CENTRE_ALTERNATIVES.items():
        assert len(points) == len(indices.AU_CENTRES[unit])
        assert points != indices.AU_CENTRES[unit]


def test_the_midline_is_the_midline():
    middle = [getattr(indices, f"{lip}_LIP_{edge}") for lip in ("UPPER", "LOWER") for edge in ("INNER", "OUTER")]
    middle += [indices.NOSE_ROOT, indices.NOSE_TIP, indices.SUBNASALE, indices.CHIN]
    assert mirrored(middle) == tuple(middle)
    # From the forehead down.
    order = [168, 1, 2, 0, 13, 14, 17, 152]
    assert sorted(middle) == sorted(order)
    assert (np.diff(neutral_face()[order, 1]) > 0).all()


def test_the_oval_goes_around_the_face():
    assert indices.FACE_OVAL == OVAL
