"""Building on Apache Beam: pictures are read, and faces cut, by as many machines as the runner has.

Beam is an extra (``[beam]``); this module is imported only when ``--beam_runner`` is given.
"""

import csv
import functools
import io
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import tensorflow_datasets as tfds
from apache_beam.options.pipeline_options import PipelineOptions

from tfds_builders import registry, reporting
from tfds_builders.record import make_record
from tfds_builders.source.faces import crop_chunk, missing_face
from tfds_builders.source.items import Item
from tfds_builders.source.pictures import as_rgb, decode
from tfds_builders.source.tree import SourceTree

# Pictures that go to a worker together; those of one video always do, since it is read from its beginning.
_TOGETHER = 64


def download_config(runner: str, options: str, manual_dir: str | None) -> tfds.download.DownloadConfig:
    """What tfds is told.

    Args:
        runner: name of a Beam runner, such as ``DirectRunner``.
        options: its flags, with spaces between them.
        manual_dir: folder of the archive; all workers must see it, and the data directory.
    """
    return tfds.download.DownloadConfig(
        manual_dir=manual_dir,
        try_download_gcs=False,
        beam_runner=runner,
        beam_options=PipelineOptions(options.split()),
    )


class Examples(beam.PTransform):
    """Records of some items; what cannot be used goes to ``rejected_SPLIT.csv``."""

    def __init__(self, dataset: str, folder: Path, items: Sequence[Item], rejected: Path):
        """Takes what workers are told.

        Args:
            dataset: its name, with configuration.
            folder: of the ``SourceTree``.
            items: of one split, without faults.
            rejected: file for what cannot be used, without its ending.
        """
        super().__init__()
        self._dataset, self._folder, self._rejected = dataset, str(folder), str(rejected)
        self._chunks = list(_chunks(items))

    def expand(self, pipeline: Any) -> Any:
        """See ``beam.PTransform``."""
        outcomes = (
            pipeline
            | "items" >> beam.Create(self._chunks)
            | "spread" >> beam.Reshuffle()
            | "read" >> beam.FlatMap(_outcomes, self._dataset, self._folder)
        )
        _ = (
            outcomes
            | "left out" >> beam.Filter(lambda outcome: isinstance(outcome[1], str))
            | "lines" >> beam.Map(_line)
            | "list"
            >> beam.io.WriteToText(
                self._rejected,
                file_name_suffix=".csv",
                num_shards=1,
                shard_name_template="",
                header=",".join(reporting.REJECTED_COLUMNS),
            )
        )
        return (
            outcomes
            | "used" >> beam.Filter(lambda outcome: not isinstance(outcome[1], str))
            | "records" >> beam.Map(lambda outcome: (outcome[0].image_id, outcome[1]))
        )


def _chunks(items: Sequence[Item]) -> Iterator[list[Item]]:
    singles: list[Item] = []
    for _, group in itertools.groupby(items, key=lambda item: item.file):
        of_file = list(group)
        if len(of_file) > 1:
            yield of_file
            continue
        singles += of_file
        if len(singles) == _TOGETHER:
            yield singles
            singles = []
    if singles:
        yield singles


def _outcomes(items: list[Item], dataset: str, folder: str) -> Iterator[tuple[Item, dict[str, Any] | str]]:
    """Each item with its record, or as text why there is none."""
    builder, tree = _builder(dataset), _tree(folder)
    for item, image in builder.pictures(tree, items):
        if builder.cuts_faces and not isinstance(image, str):
            picture = as_rgb(decode(image) if isinstance(image, bytes) else image)
            faces = crop_chunk([picture], [item.box])
            image = faces["face_0"].tobytes() if faces else missing_face(item.box)
        yield item, image if isinstance(image, str) else make_record(image, item.image_id, **item.known)


@functools.cache
def _tree(folder: str) -> SourceTree:
    return SourceTree(folder)


@functools.cache
def _builder(dataset: str):
    name, _, config = dataset.partition("/")
    return registry.builder_class(name)(config=config or None)


def _line(outcome: tuple[Item, str]) -> str:
    buffer = io.StringIO()
    item, reason = outcome
    csv.writer(buffer, lineterminator="").writerow((item.image_id, item.file, " ".join(reason.split())))
    return buffer.getvalue()
