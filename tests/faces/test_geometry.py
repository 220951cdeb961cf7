import itertools

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.faces import indices
from fer_tf.faces.geometry import (
    au_centre_names,
    au_centres,
    au_distance_names,
    au_distances,
    visible_feature_names,
    visible_features,
)
from fer_tf.synthesis.render.head.topology import mirror, neutral_face

# Paper C, Table 3, subject's right and left, written down a second time.
TABLE_3 = {1: "108 337", 2: "104 333", 4: "52 282", 6: "205 425", 7: "159 386", 10: "0", 12: "61 291", 14: "43 273"}
TABLE_3 |= {15: "61 291", 17: "199", 23: "17", 24: "17"}


@pytest.fixture
def faces():
    """Two by three different meshes, float32 (2, 3, 468, 3), pixels."""
    rng = np.random.default_rng(1)
    return (neutral_face() * 80 + 112 + rng.normal(0, 3, (2, 3, 468, 3))).astype(np.float32)


def every_feature(points, dimensions=2):
    return np.concatenate(
        [
            au_distances(points, dimensions=dimensions),
            au_distances(points, both_sides=True, dimensions=dimensions),
            visible_features(points, dimensions=dimensions),
        ],
        axis=-1,
    )


def distance(face, a, b):
    return float(np.sqrt((face[a][0] - face[b][0]) ** 2 + (face[a][1] - face[b][1]) ** 2))


@pytest.mark.parametrize("both_sides", [False, True])
def test_distances_are_those_of_a_slow_loop(faces, both_sides):
    named = []
    for unit, words in TABLE_3.items():
        points = [int(word) for word in words.split()]
        sides = [f"{unit}R", f"{unit}L"] if both_sides and len(points) == 2 else [str(unit)]
        named += list(zip(sides, points, strict=False))
    expected = {}
    for (first, a), (second, b) in itertools.combinations(named, 2):
        face = faces[1, 2].astype(float)
        expected[f"{first}-{second}"] = distance(face, a, b) / distance(face, 33, 263)
    found = au_distances(faces, both_sides=both_sides)
    assert found.shape == (2, 3, 190 if both_sides else 66)
    assert found.dtype == np.float32
    assert au_distance_names(both_sides) == tuple(expected)
    np.testing.assert_allclose(found[1, 2], list(expected.values()), rtol=1e-5)


def test_both_sides_are_twenty_points_and_shared_ones_have_no_distance(faces):
    assert len(au_centre_names()) == 12
    assert au_centres(faces).shape == (2, 3, 12, 2)
    assert au_centres(faces, both_sides=True, dimensions=3).shape == (2, 3, 20, 3)
    assert au_centre_names(both_sides=True)[8:12] == ("7R", "7L", "10", "12R")
    zero = np.array(au_distance_names())[(au_distances(faces) == 0).all((0, 1))]
    assert zero.tolist() == ["12-15", "23-24"]


def test_an_alternative_moves_its_own_centre_only(faces):
    for unit, points in indices.AU_CENTRE_ALTERNATIVES.items():
        moved = au_centres(faces, alternatives=[unit])
        where = au_centre_names().index(str(unit))
        np.testing.assert_array_equal(moved[..., where, :], faces[..., points[0], :2])
        assert (np.delete(moved, where, -2) == np.delete(au_centres(faces), where, -2)).all()
    assert au_distances(faces, alternatives=[24])[0, 0, -1] > 0
    with pytest.raises(InputError, match=r"action unit 12 has no second centre; those that have: 2, 4, 6, 10, 17"):
        au_distances(faces, alternatives=[12])


def test_visible_features_of_a_face_made_by_hand():
    face = np.full((468, 2), 7.0)
    # Eyes 4 wide whose middles are 10 apart: outer corners 14 apart.
    face[33], face[133], face[362], face[263] = (-7, 0), (-3, 0), (3, 0), (7, 0)
    face[159], face[145], face[386], face[374] = (-5, -1), (-5, 1), (5, -2), (5, 2)
    face[52], face[282] = (-5, -4), (5, -4)  # 3 and 2 above the lids
    # The mouth makes a triangle with a right angle with the eyes; it is 2 open.
    face[61], face[291], face[13], face[14], face[1] = (-3, 5), (3, 5), (0, 4), (0, 6), (0, 2)
    lengths = {"left_eye_width": 4, "right_eye_width": 4, "mouth_width": 6, "right_eye_height": 2}
    lengths |= {"left_eye_height": 4, "mouth_height": 2, "left_eye_to_right_eye": 10, "eyes_to_brows": 2.5}
    lengths |= {"eyes_to_mouth": 5, "eyes_to_nose": 2, "nose_to_mouth": 3}
    angles = {"angle_at_left_eye": 45, "angle_at_right_eye": 45, "angle_at_mouth": 90}
    expected = {name: value / 14 for name, value in lengths.items()}
    expected |= {name: np.radians(value) for name, value in angles.items()}
    assert visible_feature_names() == tuple(expected)
    np.testing.assert_allclose(visible_features(face), list(expected.values()), rtol=1e-6)


def test_the_table_as_listed_repeats_two_of_fourteen(faces):
    names = visible_feature_names(as_listed=True)
    assert (len(names), len(set(names))) == (16, 14)
    assert [names[place] for place in (3, 5, 14, 15)] == ["right_eye_height"] * 2 + ["angle_at_mouth"] * 2
    columns = [visible_feature_names().index(name) for name in names]
    np.testing.assert_array_equal(visible_features(faces, as_listed=True), visible_features(faces)[..., columns])


@pytest.mark.parametrize("dimensions", [2, 3])
def test_features_stay_when_the_face_is_moved_enlarged_and_turned(faces, dimensions):
    random = np.random.default_rng(5).normal(size=(dimensions, dimensions))
    turn = np.linalg.qr(random)[0]
    moved = faces[..., :dimensions] @ turn * 3.7 + np.arange(1, dimensions + 1) * 50
    np.testing.assert_allclose(every_feature(moved, dimensions), every_feature(faces, dimensions), atol=1e-5)


def test_depth_counts_only_when_asked(faces):
    deeper = faces * np.float32([1, 1, 2])
    np.testing.assert_array_equal(every_feature(deeper), every_feature(faces))
    assert (every_feature(deeper, 3) != every_feature(faces, 3)).mean() > 0.9


def test_a_mirrored_face_has_left_for_right(faces):
    face = faces[0, 0]
    mirrored = face[mirror()] * np.float32([-1, 1, 1])

    def other(name):
        if name[-1] in "RL":
            return name[:-1] + "RL"["LR".index(name[-1])]
        return name.replace("left", "~").replace("right", "left").replace("~", "right")

    names = au_centre_names(both_sides=True)
    swapped = [names.index(other(name)) for name in names]
    centres = au_centres(mirrored, both_sides=True)
    np.testing.assert_array_equal(centres, au_centres(face, both_sides=True)[swapped] * (-1, 1))
    features = dict(zip(visible_feature_names(), visible_features(face), strict=True))
    for name, value in zip(visible_feature_names(), visible_features(mirrored), strict=True):
        partner = name if name == "left_eye_to_right_eye" else other(name)
        assert value == pytest.approx(features[partner], rel=1e-5), name


def test_what_is_undefined_is_nan(faces):
    assert np.isfinite(every_feature(faces)).all()
    faces[0, 1] = np.nan  # no face
    faces[0, 2, 13] = np.nan  # one point is missing
    faces[1, 0, 263] = faces[1, 0, 33]  # no eye distance
    features = every_feature(faces)
    assert np.isnan(features[0, 1]).all()
    angles = [name.startswith("angle") for name in visible_feature_names()]
    assert np.isnan(visible_features(faces)[1, 0][np.logical_not(angles)]).all()
    assert np.isnan(au_distances(faces)[1, 0]).all()
    missing = np.array(visible_feature_names())[np.isnan(visible_features(faces)[0, 2])]
    assert set(missing) == {"mouth_height", "eyes_to_mouth", "nose_to_mouth", *indices.VISIBLE_ANGLES}
    assert np.isfinite(au_distances(faces)[0, 2]).all(), "10's centre is point 0"
    assert np.isfinite(features[[0, 1, 1], [0, 1, 2]]).all()


def test_an_angle_without_sides_is_nan():
    face = np.array(neutral_face()[:, :2])
    face[[33, 133, 263, 362]] = face[[13, 14]].mean(0)
    assert np.isnan(visible_features(face)[-3:]).all()


@pytest.mark.parametrize("shape", [(468,), (467, 2), (2, 468), (468, 1), (468, 4)])
def test_other_arrays_are_refused(shape):
    with pytest.raises(InputError, match=r"expected meshes of shape \(\.\.\., 468 or more, 2 or 3\), came "):
        visible_features(np.zeros(shape))


def test_depth_that_is_not_there_is_refused():
    with pytest.raises(InputError, match=r"\(\.\.\., 468 or more, 3\), came \(468, 2\)"):
        au_distances(np.zeros((468, 2)), dimensions=3)
    with pytest.raises(InputError, match="dimensions 1: expected 2"):
        au_distances(np.zeros((468, 2)), dimensions=1)


def test_refined_meshes_are_taken_too(faces):
    more = np.concatenate([faces, np.zeros((2, 3, 10, 3), np.float32)], axis=2)
    np.testing.assert_array_equal(every_feature(more), every_feature(faces))
