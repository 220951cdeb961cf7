"""From files to narrative.jsonl: what the command does, with plain arguments."""

import collections
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from fer_tf.errors import InputError
from fer_tf.explain.narrative.pictures import facts_of
from fer_tf.explain.narrative.story import story
from fer_tf.explain.narrative.streams import Demographics, StreamReader
from fer_tf.explain.narrative.thresholds import CueReader

OUTPUT = "narrative.jsonl"
# What metadata may say of a person.
COLUMNS = ("gender", "age_group", "disguise")


def narrate_files(
    pictures: Iterable[tuple[str, Callable[[], np.ndarray]]],
    reader: StreamReader,
    cues: CueReader,
    output: Path,
    *,
    crop: bool = True,
    metadata: Mapping[str, Mapping[str, str]] | None = None,
    demographics: Demographics | None = None,
) -> Iterator[dict | str]:
    """Tells a story of each face and adds it to ``narrative.jsonl``, a line each; an older file is replaced.

    Args:
        pictures: name of each, and a function that reads it, uint8 (H, W, 3).
        reader: the model.
        cues: measures meshes.
        output: folder.
        crop: see ``pictures.facts_of``.
        metadata: of ``read_metadata``; a file's name alone counts where no other picture has it.
        demographics: see ``pictures.facts_of``.

    Yields:
        stories, see ``story.story``; or for a picture that cannot be read a line with its name and the reason.
    """
    output.mkdir(parents=True, exist_ok=True)
    pictures, metadata = list(pictures), metadata or {}
    names = collections.Counter(Path(name).name for name, _ in pictures)
    # Of files of one name in several folders a row without a folder could mean any.
    shared = {name for name, count in names.items() if count > 1}
    with (output / OUTPUT).open("w") as file:
        for name, read in pictures:
            try:
                image = read()
            except InputError as error:
                yield f"{name}: {error}"
                continue
            known = metadata.get(name) or (metadata.get(Path(name).name) if Path(name).name not in shared else None)
            options = {"crop": crop, "known": known, "demographics": demographics}
            for facts in facts_of(image, name, reader, cues, **options):
                told = story(facts)
                file.write(json.dumps(told) + "\n")
                file.flush()
                yield told


def read_metadata(path: Path) -> dict[str, dict[str, str]]:
    """What a table says of the people in pictures.

    Args:
        path: CSV with a column ``image`` (path as given, or the file's name) and one or several of ``COLUMNS``.

    Returns:
        image -> column -> word; cells without text are left out.

    Raises:
        InputError: no such table, without these columns, or an image twice.
    """
    try:
        with warnings.catch_warnings():
            # A comma too many in each row would move the columns, and one person's words to another.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False)
    except (OSError, ValueError, pd.errors.ParserWarning) as error:
        raise InputError(
            f"metadata {path} cannot be read ({' '.join(str(error).split())[:200]}): give a CSV"
        ) from error
    columns = [name for name in COLUMNS if name in table]
    if "image" not in table or not columns:
        raise InputError(
            f"metadata {path} has columns {', '.join(map(str, table.columns))}: expected image and one or several of "
            f"{', '.join(COLUMNS)}"
        )
    twice = table["image"][table["image"].duplicated()]
    if len(twice):
        raise InputError(f"metadata {path} has {twice.iloc[0]!r} twice: expected a row for each image")
    rows = table.to_dict("records")
    # A record's word for a face without disguise hides nothing.
    unsaid = ("", "none", "unknown")
    return {
        row["image"]: {name: row[name] for name in columns if row[name].strip().lower() not in unsaid} for row in rows
    }
