import cv2
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.faces import person
from fer_tf.faces.face import Face
from fer_tf.faces.fill import FILLS
from fer_tf.faces.person import remove_person
from tests.faces.people import drawn, face_of


@pytest.mark.parametrize("fill", FILLS)
def test_the_person_goes_and_the_background_stays(fill):
    pictures = [drawn(index) for index in range(3)]
    results = remove_person([p.image for p in pictures], [[face_of(p)] for p in pictures], fill)
    for picture, result in zip(pictures, results, strict=True):
        assert result.background.dtype == np.uint8
        assert result.mask.dtype == np.float32
        assert result.mask.min() >= 0
        assert result.mask.max() == 1
        assert (result.mask == 1)[picture.face].all()
        assert (result.mask == 1)[picture.person].mean() > 0.99
        assert (result.mask == 0)[~picture.person].mean() > 0.75
        kept = result.mask == 0
        np.testing.assert_array_equal(result.background[kept], picture.image[kept])
        # Eyes, nose and mouth are gone: nothing finer than a head remains of them.
        before, after = (
            (image - cv2.GaussianBlur(image, (0, 0), 3))[picture.face]
            for image in (picture.image.astype(float), result.background.astype(float))
        )
        assert abs((before * after).mean()) < 0.1 * (before**2).mean()


def test_results_do_not_depend_on_the_batch():
    images, faces = [drawn(i).image for i in range(3)], [[face_of(drawn(i))] for i in range(3)]
    together = remove_person(images, faces, "inpaint")
    for image, found, expected in zip(images, faces, together, strict=True):
        (alone,) = remove_person([image], [found], "inpaint")
        np.testing.assert_array_equal(alone.background, expected.background)


def test_with_a_subject_the_others_stay():
    # Two people side by side, each in a scene of his own.
    left, right = drawn(4), drawn(5)
    image = np.hstack([left.image, right.image])
    box = face_of(right).box
    faces = [face_of(left), Face((box[0] + 160, *box[1:]), 1.0, {})]
    everybody, first, second = remove_person([image] * 3, [faces] * 3, subject=[None, *faces])
    assert everybody.mask[:, :160][left.face].all()
    assert everybody.mask[:, 160:][right.face].all()
    assert first.mask[:, :160][left.face].all()
    assert not first.mask[:, 160:][right.face].any()
    assert second.mask[:, 160:][right.face].all()
    assert not second.mask[:, :160][left.face].any()
    # The subject need not be among the faces.
    (also,) = remove_person([image], [faces[:1]], subject=faces[1:])
    np.testing.assert_array_equal(also.mask, second.mask)


def test_nobody_leaves_the_picture_as_it_is():
    ramp = np.tile(np.arange(96, dtype=np.uint8)[None, :, None], (64, 1, 3))
    for image in (ramp, np.zeros((1, 1, 3), np.uint8)):
        (result,) = remove_person([image], fill="blur")
        assert not result.mask.any()
        np.testing.assert_array_equal(result.background, image)
        assert not np.shares_memory(result.background, image)


@pytest.mark.parametrize("fill", FILLS)
def test_a_picture_full_of_a_person_becomes_its_mean(fill, monkeypatch):
    monkeypatch.setattr(person, "person_mask", lambda network, image, faces: np.ones(image.shape[:2], np.float32))
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    (result,) = remove_person([image], fill=fill)
    assert (result.mask == 1).all()
    np.testing.assert_allclose(result.background, np.broadcast_to(image.mean((0, 1)), image.shape), atol=0.51)


def test_the_hole_is_wider_than_the_person_and_ends_softly(monkeypatch):
    inside = np.zeros((200, 200), np.float32)
    inside[80:120, 80:120] = 0.3
    monkeypatch.setattr(person, "person_mask", lambda network, image, faces: inside)
    (result,) = remove_person([np.full((200, 200, 3), 50, np.uint8)])
    row = result.mask[100]
    assert (row[78:122] == 1).all()
    assert row[74] == 0
    assert row[125] == 0
    assert ((row > 0) & (row < 1)).any()


def test_bad_input_is_named():
    image = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(InputError, match="fill 'white': known are mean, blur, inpaint"):
        remove_person([image], fill="white")
    with pytest.raises(InputError, match="a subject or None for each of 1 images, came 2"):
        remove_person([image], subject=[None, None])
    with pytest.raises(InputError, match=r"image 1 is uint8 \(8, 8\)"):
        remove_person([image, image[..., 0]])
    assert remove_person([]) == []
