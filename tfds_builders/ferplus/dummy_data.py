"""Writes small stand-ins for the two tables of FER+, filled with noise and invented votes."""

from pathlib import Path

from tfds_builders.fer2013 import dummy_data

ROWS = dummy_data.ROWS
# In the order of the file: neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown, NF.
VOTES = {
    0: "1,0,0,0,5,2,0,1,0,1",
    1: "0,0,0,0,0,0,0,0,0,10",
    2: "0,0,0,0,5,5,0,0,0,0",
    3: "0,0,0,2,0,0,0,8,0,0",
    4: "0,0,0,0,0,0,8,0,2,0",
    5: "0,3,3,0,0,0,0,0,4,0",
    6: "1,1,1,1,1,1,1,1,1,1",
}


def write_source(folder: Path) -> dict[str, int]:
    """Writes ``fer2013.csv`` and ``fer2013new.csv``: rows as in ``VOTES``, all others happy; returns ``ROWS``."""
    folder.mkdir(parents=True, exist_ok=True)
    dummy_data.write_table(folder, dummy_data.table_lines())
    lines = dummy_data.votes_lines()
    for row, votes in VOTES.items():
        usage, name, _ = lines[row + 1].split(",", 2)
        lines[row + 1] = f"{usage},{name},{votes}"
    dummy_data.write_votes(folder, lines)
    return dict(ROWS)
