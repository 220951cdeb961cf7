"""Finds the builders by their folders, builds datasets and opens built ones."""

import contextlib
import importlib
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from fer_tf.commandline import only_process
from fer_tf.errors import InputError

_HERE = Path(__file__).parent
# tfds writes into a folder with this beginning and renames it when it is complete.
_INCOMPLETE = "incomplete."
# Finished work of a builder that can go on after it was killed.
_PARTS = "parts"


def builder_names() -> list[str]:
    """Names of all datasets: every folder NAME beside this file with a NAME_dataset_builder.py."""
    return sorted(path.parent.name for path in _HERE.glob("*/*_dataset_builder.py") if _module_file(path) == path)


def _module_file(path: Path) -> Path:
    return path.parent / f"{path.parent.name}_dataset_builder.py"


def builder_class(name: str) -> type[tfds.core.GeneratorBasedBuilder]:
    """The builder class of a dataset.

    Args:
        name: the dataset's name, without configuration.

    Raises:
        InputError: for an unknown name; the message lists the known ones.
    """
    if name not in builder_names():
        raise InputError(f"no dataset is called {name!r}: known are {', '.join(builder_names())}")
    return importlib.import_module(f"tfds_builders.{name}.{name}_dataset_builder").Builder


def config_names(name: str) -> list[str]:
    """Names of a dataset's configurations, the default first; empty where there are none.

    Where any number can be made (``disguised``), the form of their names, in capital letters.
    """
    builder = builder_class(name)
    return [builder.CONFIG_FORM] if _is_open(builder) else [config.name for config in builder.BUILDER_CONFIGS]


def _is_open(builder: type[tfds.core.GeneratorBasedBuilder]) -> bool:
    """Whether a configuration is made from its name."""
    return hasattr(builder, "config_named")


def check_known(dataset: str) -> None:
    """Raises InputError for a dataset or configuration that there cannot be."""
    _class_and_config(dataset)


def _class_and_config(dataset: str) -> tuple[type, tfds.core.BuilderConfig | str | None]:
    name, _, config = dataset.partition("/")
    builder = builder_class(name)
    if _is_open(builder):
        return builder, builder.config_named(config)
    known = config_names(name)
    if config and config not in known:
        has = f"known are {', '.join(known)}" if known else "it has none, leave it away"
        raise InputError(f"dataset {name} has no configuration {config!r}: {has}")
    return builder, config or None


def _builder(dataset: str, data_dir: str | Path) -> tfds.core.GeneratorBasedBuilder:
    builder, config = _class_and_config(dataset)
    return builder(data_dir=str(Path(data_dir).expanduser()), config=config)


def load_builder(dataset: str, data_dir: str | Path) -> tfds.core.DatasetBuilder:
    """Opens a dataset that was built before.

    Args:
        dataset: ``NAME`` or ``NAME/CONFIG``.
        data_dir: the folder that was given as ``--data_dir`` when it was built.

    Returns:
        The builder; records come from its ``as_dataset``.

    Raises:
        InputError: when it is unknown, not built, or a file of it is missing.
    """
    builder = _builder(dataset, data_dir)
    command = f"python -m tfds_builders {dataset} --data_dir={data_dir}"
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        command += " --manual_dir=FOLDER_OF_THE_ARCHIVE"
    if not builder.is_prepared():
        raise InputError(f"{dataset} is not built in {builder.data_dir}: build it with `{command}`")
    for split in builder.info.splits.values():
        for file in split.filepaths:
            if not file.exists():
                raise InputError(f"{dataset} lacks {file}: build it again with `{command} --overwrite`")
    return builder


def is_built(dataset: str, data_dir: str | Path) -> bool:
    """Whether a dataset lies complete in ``data_dir``; InputError for an unknown one."""
    return _builder(dataset, data_dir).is_prepared()


def built_configs(name: str, data_dir: str | Path) -> list[str]:
    """Configurations of a dataset that lie complete in ``data_dir``, also those whose names are made."""
    folder = Path(data_dir).expanduser() / name
    return sorted({path.parent.parent.name for path in folder.glob("*/[0-9]*/dataset_info.json")})


def options_class(dataset: str) -> type | None:
    """The dataclass of a dataset's options; None where its content is fixed."""
    name, _, config = dataset.partition("/")
    builder = builder_class(name)
    return builder.options_class(config) if hasattr(builder, "options_class") else None


def build(
    dataset: str, data_dir: str | Path, manual_dir: str | Path | None = None, options: Any = None
) -> tfds.core.DatasetBuilder:
    """Builds a dataset, in place of one that is there already.

    The new one is complete before the old one goes. A build that is killed leaves
    only ``incomplete.*`` folders, which the next one removes, and with some builders a
    folder of finished parts, from which the next one goes on.

    Args:
        dataset: ``NAME`` or ``NAME/CONFIG``.
        data_dir: the built dataset goes to ``data_dir/NAME[/CONFIG]/VERSION``.
        manual_dir: the folder with the archive, for the datasets that need one.
        options: an instance of ``options_class(dataset)``; by default its defaults.

    Returns:
        The builder, ready to read.

    Raises:
        InputError: when the source is missing or damaged, or another build of it runs.
    """
    final = _builder(dataset, data_dir)
    if final.MANUAL_DOWNLOAD_INSTRUCTIONS and (fault := _manual_dir_fault(manual_dir)):
        where = " ".join(final.MANUAL_DOWNLOAD_INSTRUCTIONS.split())
        raise InputError(f"--manual_dir: expected the folder with the archive of {final.name}, {fault}: {where}")
    if options is not None and options_class(dataset) is None:
        raise InputError(f"{dataset} takes no options: what it holds is fixed")
    target = Path(final.data_dir)
    with _only_one_build(target.parent):
        stage = target.parent / f"{_INCOMPLETE}stage"
        staged = _builder(dataset, stage)
        staged.parts_dir = target.parent / _PARTS
        staged.built_dir = Path(data_dir).expanduser()
        if options is not None:
            staged.options = options
        config = _download_config(options, manual_dir and str(Path(manual_dir).expanduser()))
        # What tfds prints names the stage, where nothing stays.
        with contextlib.redirect_stdout(io.StringIO()):
            staged.download_and_prepare(download_dir=str(stage / "downloads"), download_config=config)
        if target.exists():
            target.rename(target.parent / f"{_INCOMPLETE}replaced")
        Path(staged.data_dir).rename(target)
        shutil.rmtree(target.parent / _PARTS, ignore_errors=True)
    return load_builder(dataset, data_dir)


def _download_config(options: Any, manual_dir: str | None) -> tfds.download.DownloadConfig:
    if hasattr(options, "download_config"):
        return options.download_config(manual_dir)
    return tfds.download.DownloadConfig(manual_dir=manual_dir, try_download_gcs=False)


def _manual_dir_fault(manual_dir: str | Path | None) -> str:
    """Why nothing can be read from there; "" where something can."""
    if manual_dir is None:
        return "none was given"
    folder = Path(manual_dir).expanduser()
    if not folder.is_dir():
        return f"{manual_dir} is not a folder"
    return "" if any(folder.iterdir()) else f"{manual_dir} is empty"


@contextlib.contextmanager
def _only_one_build(directory: Path) -> Iterator[None]:
    """Holds the directory for one build, so that left-overs in it are of dead ones."""
    with only_process(directory):
        _remove_left_overs(directory)
        try:
            yield
        finally:
            _remove_left_overs(directory)


def _remove_left_overs(directory: Path) -> None:
    for left_over in directory.glob(f"{_INCOMPLETE}*"):
        shutil.rmtree(left_over)
