"""Which files are videos; nothing is decoded here."""

from collections.abc import Sequence
from pathlib import Path

from fer_tf.errors import InputError

# How files of each kind begin: (offset, bytes), any of which. FFmpeg goes by the content and not by the name;
# without this a text file called film.mp4 that is a playlist would make it open other files and addresses.
_QUICKTIME = tuple((4, kind) for kind in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"))
_AVI, _MATROSKA = ((8, b"AVI "), (8, b"AVIX")), ((0, b"\x1aE\xdf\xa3"),)
_MPEG = ((0, b"\x00\x00\x01\xba"), (0, b"\x00\x00\x01\xb3"))
_KINDS = (
    ((".mp4", ".m4v", ".mov"), _QUICKTIME),
    ((".avi",), _AVI),
    ((".mkv", ".webm"), _MATROSKA),
    ((".mpg", ".mpeg"), _MPEG),
)
SUFFIXES = tuple(suffix for suffixes, _ in _KINDS for suffix in suffixes)
_BEGINNINGS = tuple(beginning for _, beginnings in _KINDS for beginning in beginnings)


class BrokenVideo(InputError):
    """A video cannot be read, or not to its end."""


def are_videos(paths: Sequence[str | Path]) -> bool:
    """Whether all paths are video files, by their suffix.

    Args:
        paths: files and folders.

    Raises:
        InputError: some are and others are not.
    """
    videos = [Path(path) for path in paths if Path(path).suffix.lower() in SUFFIXES and not Path(path).is_dir()]
    if videos and len(videos) < len(paths):
        other = next(Path(path) for path in paths if Path(path) not in videos)
        raise InputError(
            f"{videos[0]} is a video and {other} is none: their rows have different columns: give two commands"
        )
    return bool(videos)


def check_video(path: str | Path) -> Path:
    """Refuses what is no local video file, before FFmpeg sees it.

    Args:
        path: as given.

    Returns:
        the absolute path, which cannot be taken for an address.

    Raises:
        InputError: it does not exist, or is no video by its name or content.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path} is no video by its name: expected {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise InputError(f"{path} does not exist or is no file: give video files on this machine, no addresses")
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check its permissions") from error
    if not any(head[offset : offset + len(text)] == text for offset, text in _BEGINNINGS):
        raise BrokenVideo(f"{path} is no video of a known kind: expected MP4, QuickTime, AVI, Matroska, WebM or MPEG")
    return path.absolute()
