import dataclasses

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.faces.face import Face
from fer_tf.faces.person_mask import person_masks, subject_mask
from tests.faces.people import drawn, face_of, overlap


def test_without_faces_masks_are_those_of_mediapipe():
    from mediapipe.python.solutions.selfie_segmentation import SelfieSegmentation

    images = [drawn(0).image, drawn(1).image[10:, :133].copy(), np.repeat(drawn(2).image, 3, 0)]
    with SelfieSegmentation(model_selection=0) as segmentation:
        expected = [segmentation.process(image).segmentation_mask for image in images]
    for mask, other in zip(person_masks(images), expected, strict=True):
        assert mask.dtype == np.float32
        np.testing.assert_allclose(mask, other, atol=1e-3)


def test_masks_cover_drawn_people_whatever_the_batch():
    pictures = [drawn(index) for index in range(4)]
    images, faces = [p.image for p in pictures], [[face_of(p)] for p in pictures]
    masks = person_masks(images, faces)
    overlaps = [overlap(mask > 0.5, picture.person) for mask, picture in zip(masks, pictures, strict=True)]
    assert min(overlaps) > 0.85
    assert np.mean(overlaps) > 0.93
    for image, found, mask in zip(images, faces, masks, strict=True):
        np.testing.assert_array_equal(person_masks([image], [found])[0], mask)


def test_faces_help_to_find_small_people_and_those_at_the_edge():
    # Nine people in one picture, the outer ones cut by its edge.
    pictures = [drawn(index) for index in range(9)]
    size = 160
    group, truth, visible = (
        np.vstack([np.hstack([getattr(pictures[3 * row + col], name) for col in range(3)]) for row in range(3)])
        for name in ("image", "person", "face")
    )
    faces = []
    for number, picture in enumerate(pictures):
        left, top, *sides = face_of(picture).box
        faces.append(Face((left + number % 3 * size - 75, top + number // 3 * size, *sides), 1.0, {}))
    group, truth, visible = np.ascontiguousarray(group[:, 75:]), truth[:, 75:], visible[:, 75:]
    (alone,), (helped,) = person_masks([group]), person_masks([group], [faces])
    assert overlap(helped > 0.5, truth) > max(0.75, overlap(alone > 0.5, truth) + 0.05)
    assert (helped > 0.5)[visible].mean() > 0.99


def test_the_subject_alone_when_people_overlap():
    picture = drawn(3, bystanders=2)
    bare = drawn(3)
    # What the bystanders changed is where they are; the blur behind the subject changes little.
    changed = (np.abs(picture.image.astype(int) - bare.image).max(2) > 60) & ~picture.person
    subject = face_of(picture)
    e = subject.box[3]
    columns = np.flatnonzero(changed.any(0))
    left, right = columns[columns < 60].mean(), columns[columns > 100].mean()
    others = [Face((float(x) - e / 4, 45.0, e / 2, e / 2), 1.0, {}) for x in (left, right)]
    (mask,) = person_masks([picture.image], [[subject, *others]])
    alone = subject_mask(picture.image, mask, [subject, *others], subject)
    assert overlap(alone > 0.5, picture.person) > 0.85
    assert overlap(mask > 0.5, picture.person) < overlap(alone > 0.5, picture.person) - 0.1
    assert not alone[alone != mask].any()
    # Someone of whom no face is known stays outside as long as he does not touch the subject.
    far = np.zeros_like(mask)
    far[:60, :20] = 1
    far[70:, 60:100] = 1
    kept = subject_mask(picture.image, far, [], dataclasses.replace(subject, box=(65.0, 60.0, 30.0, 40.0)))
    assert kept[80:, 60:100].all()
    assert not kept[:60, :20].any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (3, 2), (20_000, 4)])
def test_odd_sizes_have_masks(shape):
    image = np.full((*shape, 3), 90, np.uint8)
    face = Face((-5.0, -5.0, 3.0, 3.0), 0.9, {})
    (mask,) = person_masks([image], [[face, Face((0.0, 0.0, 0.0, 0.0), 0.9, {})]])
    assert mask.shape == shape
    assert mask.dtype == np.float32
    assert np.isfinite(mask).all()


def test_bad_input_is_named():
    with pytest.raises(InputError, match=r"wants uint8 images of shape \(H, W, 3\).*float32"):
        person_masks([np.zeros((4, 4, 3), np.float32)])
    with pytest.raises(InputError, match="a list of faces for each of 1 images, came 2"):
        person_masks([np.zeros((4, 4, 3), np.uint8)], [[], []])
    assert person_masks([]) == []
