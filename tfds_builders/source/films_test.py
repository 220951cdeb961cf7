"""Videos of strangers: which frame is which, and what is refused."""

import numpy as np
import pytest

from tfds_builders.source.dummy import write_film
from tfds_builders.source.films import film_frames

COLOURS = [(20 * number, 10, 200 - 20 * number) for number in range(8)]


@pytest.fixture
def film(tmp_path):
    write_film(tmp_path / "film.avi", [np.full((48, 64, 3), colour, np.uint8) for colour in COLOURS], 10)
    return tmp_path / "film.avi"


def test_frames_that_are_wanted_come_in_red_green_blue(film):
    frames = list(film_frames(film, [0, 3, 7]))
    for frame, position in zip(frames, (0, 3, 7), strict=True):
        assert (frame.shape, frame.dtype) == ((48, 64, 3), np.uint8)
        assert np.abs(frame.mean((0, 1)) - COLOURS[position]).max() < 6


def test_after_the_end_there_is_a_reason(film):
    first, *others = film_frames(film, [7, 8, 500_000_000])
    assert first.shape == (48, 64, 3)
    assert others == ["the video ends or is damaged after 8 frames"] * 2


def test_a_video_that_was_cut_gives_what_it_has(film):
    content = film.read_bytes()
    film.write_bytes(content[:-1500])
    frames = list(film_frames(film, range(8)))
    assert not isinstance(frames[0], str)
    assert frames[-1].startswith("the video ends or is damaged after ")


@pytest.mark.parametrize(
    "content", [b"", b"#EXTM3U\n#EXTINF:1,\nother.avi\n", b"ffconcat version 1.0\nfile other.avi\n"]
)
def test_lists_of_other_files_are_no_videos(content, film):
    film.with_name("other.avi").write_bytes(film.read_bytes())
    film.write_bytes(content)
    (reason,) = film_frames(film, [0])
    assert reason == "not a video that can be read: expected AVI, MP4, MOV, MKV, MPEG or WMV"


def test_what_only_begins_as_a_video_is_refused(film):
    film.write_bytes(b"RIFF" + bytes(2000))
    assert list(film_frames(film, [0, 1])) == ["not a video that can be read"] * 2
    film.unlink()
    (reason,) = film_frames(film, [0])
    assert reason.startswith("cannot be read (")
