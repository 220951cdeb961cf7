"""What ``python -m tfds_builders`` does, without its flags."""

from typing import Any

import tensorflow_datasets as tfds

from fer_tf.errors import InputError
from tfds_builders import registry, reporting


def list_datasets() -> str:
    """Names of all datasets, one a line, with the configuration where there are several."""
    lines = []
    for name in registry.builder_names():
        configs = registry.config_names(name)
        lines += [f"{name}/{config}" for config in configs] or [name]
    return "\n".join(lines)


def list_with_state(data_dir: str) -> str:
    """``list_datasets`` with what there is of each in a folder: a line of name, state and source.

    Args:
        data_dir: folder of the built datasets.
    """
    rows = []
    for dataset in list_datasets().splitlines():
        builder = registry.builder_class(dataset.partition("/")[0])
        if hasattr(builder, "config_named"):
            built = registry.built_configs(builder.name, data_dir)
            rows += [(f"{builder.name}/{config}", "built", "another dataset") for config in built]
            rows += [] if built else [(dataset, "-", "another dataset")]
            continue
        state = "built" if registry.is_built(dataset, data_dir) else "-"
        rows += [(dataset, state, "an archive" if builder.MANUAL_DOWNLOAD_INSTRUCTIONS else "drawn here")]
    rows = [("dataset", f"in {data_dir}", "made from"), *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    return "\n".join(f"{name:<{widths[0]}}  {state:<{widths[1]}}  {source}" for name, state, source in rows)


def build_and_describe(
    dataset: str, data_dir: str, manual_dir: str | None = None, overwrite: bool = False, options: Any = None
) -> str:
    """Builds a dataset unless it is there already.

    Args:
        dataset: ``NAME`` or ``NAME/CONFIG``.
        data_dir: folder for built datasets.
        manual_dir: folder with the archive, for the datasets that need one.
        overwrite: build it again when it is there already.
        options: of ``registry.options_class``; None for datasets without.

    Returns:
        Lines for the user: where it lies, counts by split and emotion, rejected images.

    Raises:
        InputError: see ``registry.build``.
    """
    if registry.is_built(dataset, data_dir) and not overwrite:
        builder = registry.load_builder(dataset, data_dir)
        _check_same_options(builder, options)
        return f"already built, --overwrite builds it again\n{reporting.summary(builder)}"
    # tfds's bars do not know how many records will come; the builders show their own.
    tfds.disable_progress_bar()
    try:
        builder = registry.build(dataset, data_dir, manual_dir, options)
    finally:
        tfds.enable_progress_bar()
    return reporting.summary(builder)


def _check_same_options(builder: tfds.core.DatasetBuilder, options: Any) -> None:
    """Refuses to pass off a dataset as one with other options."""
    if options is None:
        return
    # What a dataset of an older version does not tell is as it was then: the default.
    asked, built = options.describe(), type(options)().describe() | dict(builder.info.metadata)
    different = [name for name in asked if asked[name] != built.get(name)]
    if different:
        changes = "; ".join(f"{name} was {built.get(name)}, now {asked[name]}" for name in different)
        raise InputError(
            f"{builder.info.full_name} is built with other options ({changes}): "
            "--overwrite builds it again, another --data_dir keeps both"
        )
