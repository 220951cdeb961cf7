"""Writes a small folder as a user might have one, of rendered faces: class folders with pictures and a video."""

from pathlib import Path

from fer_tf.labels import EMOTIONS
from tfds_builders.source.dummy import rendered_emotions, rendered_face, write_film, write_picture
from tfds_builders.source.splits import SHARES

RATE = 10


def write_source(folder: Path) -> dict[str, int]:
    """Writes ``train``, ``validation`` and ``test`` with a picture of each emotion and a video of two and a half
    seconds; returns the number of pictures of each split, a frame a second among them.
    """
    for number, split in enumerate(SHARES):
        for emotion, picture in rendered_emotions(EMOTIONS, 1, seed=number):
            write_picture(folder / split / emotion / "1.png", picture)
        film = [rendered_face("happiness", number)] * 10 + [rendered_face("sadness", number)] * 15
        write_film(folder / split / "Happy" / "clip.avi", film, RATE)
    return dict.fromkeys(SHARES, len(EMOTIONS) + 3)
