import numpy as np

from fer_tf.data.audit.duplicates import find_duplicates
from tests.data.audit.made import collected, pictures


def test_exact_duplicates_within_and_across_splits(tmp_path):
    digests = [b"a", b"a", b"b", b"a", b"c", b"b", b"d", b"d"]
    split = ["train"] * 5 + ["test"] * 3
    found = find_duplicates(collected(tmp_path, 8, digests=digests, split=split), 0.92)
    assert found.exact.members.tolist() == [0, 1, 3, 6, 7]
    assert found.exact.pairs == 4  # three of a, one of d
    assert found.exact.other[[0, 1, 3]].tolist() == [3, 0, 1]
    assert found.exact_across.members.tolist() == [2, 5]
    assert found.exact_across.pairs == 1
    assert found.group.tolist() == [0, 0, 2, 0, 4, 2, 6, 6]
    assert found.near.pairs == found.near_across.pairs == 0


def test_pictures_that_cannot_be_read_are_no_duplicates(tmp_path):
    facts = {number: {"height": np.nan} for number in (0, 1)}
    found = find_duplicates(collected(tmp_path, 3, digests=[b"", b"", b"x"], facts=facts), 0.92)
    assert not len(found.exact.members)
    assert found.group.tolist() == [0, 1, 2]


def test_near_duplicates_have_their_most_alike(tmp_path):
    drawn = pictures(4)
    worse = (drawn[0] // 2 + pictures(1, 9)[0] // 12).astype(np.uint8)
    thumbnails = np.stack([*drawn, worse, drawn[0] // 2])
    split = ["train"] * 4 + ["train", "test"]
    found = find_duplicates(collected(tmp_path, 6, thumbnails=thumbnails, split=split), 0.8)
    assert found.near.members.tolist() == [0, 4]
    assert found.near_across.members.tolist() == [0, 4, 5]
    assert found.near_across.other[5] == 0  # not 4, which is less alike
    assert found.near_across.pairs == 2
    assert found.group.tolist() == [0, 1, 2, 3, 0, 0]


def test_frames_of_one_film_are_no_near_duplicates(tmp_path):
    thumbnails = np.repeat(pictures(2), 2, axis=0) // np.array([1, 2, 1, 2], np.uint8)[:, None, None]
    films = [b"film", b"film", b"", b""]
    found = find_duplicates(collected(tmp_path, 4, thumbnails=thumbnails, sequence_id=films), 0.92)
    assert found.near.members.tolist() == [2, 3]
