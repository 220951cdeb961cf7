"""Which files are taken for videos."""

import pytest

from fer_tf.errors import InputError
from fer_tf.predict.video import Video
from fer_tf.predict.video_files import are_videos


@pytest.mark.parametrize("path", ["https://example.org/film.mp4", "rtsp://camera/film.mp4", "concat:a.mp4", "gone.avi"])
def test_addresses_are_refused(path):
    with pytest.raises(InputError, match="does not exist or is no file: give video files on this machine"):
        Video(path)


def test_other_names_are_refused(tmp_path):
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n")
    with pytest.raises(InputError, match=r"list.m3u8 is no video by its name: expected .mp4, .m4v"):
        Video(tmp_path / "list.m3u8")


def test_pictures_and_videos_do_not_mix(tmp_path):
    assert are_videos(["a.mp4", "b.MOV"])
    assert not are_videos(["a.jpg", str(tmp_path)])
    with pytest.raises(InputError, match=r"a.mp4 is a video and b.jpg is none: their rows have different columns"):
        are_videos(["a.mp4", "b.jpg"])
