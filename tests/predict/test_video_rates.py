"""Videos whose frame rate varies: made from one that does not, by another table of times."""

import numpy as np
import pytest

from tests.predict.films import numbered, read_film, write

FRAMES = 200


def boxes(content, start, end):
    """(offset, size, kind) of the boxes of an MP4 file."""
    while start < end:
        size = int.from_bytes(content[start : start + 4], "big")
        yield start, size, bytes(content[start + 4 : start + 8])
        start += size


def with_durations(content, ticks):
    """An MP4 file of OpenCV whose frames last so many ticks each: another table of times in its last box."""
    # Without the list of edits, which ends the film where the old table did.
    content = bytearray(content.replace(b"edts", b"free"))
    path, start, end = [], 0, len(content)
    for wanted in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"):
        start, size = next((at, size) for at, size, kind in boxes(content, start, end) if kind == wanted)
        path.append(start)
        start, end = start + 8, start + size
    runs = b"".join((1).to_bytes(4, "big") + tick.to_bytes(4, "big") for tick in ticks)
    table = (16 + len(runs)).to_bytes(4, "big") + b"stts" + bytes(4) + len(ticks).to_bytes(4, "big") + runs
    grown = len(table) - (end - path[-1])
    content[path[-1] : end] = table
    for at in path[:-1]:
        content[at : at + 4] = (int.from_bytes(content[at : at + 4], "big") + grown).to_bytes(4, "big")
    return bytes(content)


@pytest.mark.parametrize("start", [0.0, 3.0, 6.4, 12.0])
def test_rates_that_vary_do_not_drift(tmp_path, start):
    # 12800 ticks are a second; the first half runs at 25 frames a second, the second at 10.
    ticks = [512] * 100 + [1280] * 100
    path = tmp_path / "varies.mp4"
    path.write_bytes(with_durations(write(tmp_path / "even.mp4", map(numbered, range(FRAMES))).read_bytes(), ticks))
    times = np.concatenate([[0], np.cumsum(ticks[:-1])]) / 12800
    found = read_film(path, start=start)
    numbers = np.flatnonzero(times >= start - 1e-6)
    assert [number for number, _, _ in found] == numbers.tolist()
    assert [shown for _, _, shown in found] == numbers.tolist()
    assert [seconds for _, seconds, _ in found] == pytest.approx(times[numbers])
