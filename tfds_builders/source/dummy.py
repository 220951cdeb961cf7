"""Rendered faces for the stand-ins of licensed datasets, which tests build."""

import functools
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from fer_tf.labels import AGE_GROUPS, EMOTIONS, GENDERS, UNKNOWN, emotion_index
from fer_tf.synthesis.generate.rendered import RenderedSource
from fer_tf.synthesis.generate.requests import Request

# Large enough for MTCNN.
SIZE = 96
_CODECS = {".avi": "MJPG", ".mp4": "mp4v", ".mov": "mp4v", ".webm": "VP80"}


@functools.cache
def rendered_face(emotion: str, seed: int = 0) -> np.ndarray:
    """A face of a person of its own, drawn once.

    Args:
        emotion: one of ``labels.EMOTIONS``.
        seed: of person and picture.

    Returns:
        uint8 (96, 96, 3).
    """
    request = Request(
        name=f"{emotion}_{seed}",
        split="train",
        emotion=emotion,
        disguise="none",
        gender=seed % len(GENDERS),
        skin_tone=1 + seed % 10,
        age_group=AGE_GROUPS.index("20-39"),
        seed=1000 * EMOTIONS.index(emotion) + seed,
    )
    (image,) = RenderedSource(SIZE).images([request], [None])
    return image


def rendered_emotions(words: Sequence[str], count: int, seed: int = 0) -> Iterator[tuple[str, np.ndarray]]:
    """(word, picture) ``count`` times for each of a dataset's words; neutral where a word is none of the seven."""
    for word in words:
        index = emotion_index(word)
        emotion = "neutral" if index == UNKNOWN else EMOTIONS[index]
        for number in range(count):
            yield word, rendered_face(emotion, seed + number)


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Writes uint8 (H, W, 3) or (H, W) as the file's ending says, and makes its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)


def write_film(path: Path, pictures: Sequence[np.ndarray], rate: float) -> None:
    """Writes uint8 (H, W, 3) pictures of one size as a video of ``rate`` frames a second, and makes its folder.

    What it is follows from the path's ending: AVI, MP4, MOV or WebM.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*_CODECS[path.suffix]), rate, (width, height))
    for picture in pictures:
        writer.write(picture[..., ::-1])  # cv2 takes blue first
    writer.release()


def zip_folder(folder: Path, archive: Path) -> None:
    """Packs what lies in a folder, under its own name, and takes the folder away."""
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, path.relative_to(folder.parent))
    shutil.rmtree(folder)
