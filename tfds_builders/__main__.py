"""Builds a dataset: ``python -m tfds_builders NAME[/CONFIG] --manual_dir=… --data_dir=…``."""

import dataclasses

from absl import flags

from fer_tf.commandline import define_flags, from_flags, run_main
from fer_tf.errors import InputError
from tfds_builders import commands, registry
from tfds_builders.rendered_faces.options import CustomOptions

_DATA_DIR = flags.DEFINE_string("data_dir", "data", "Folder for built datasets.")
_MANUAL_DIR = flags.DEFINE_string("manual_dir", None, "Folder with the archive, for datasets that need one.")
_OVERWRITE = flags.DEFINE_boolean("overwrite", False, "Build again what is built already.")
_LIST = flags.DEFINE_boolean("list", False, "List the datasets and their configurations.")
define_flags(CustomOptions)


def main(arguments: list[str]) -> None:
    """Builds the named dataset, or says that it is built already."""
    if _LIST.value:
        print(commands.list_datasets())
        return
    if len(arguments) != 1:
        known = ", ".join(commands.list_datasets().split())
        raise InputError(f"expected the name of one dataset, came {' '.join(arguments) or 'none'}: known are {known}")
    dataset = arguments[0]
    given = [field.name for field in dataclasses.fields(CustomOptions) if flags.FLAGS[field.name].present]
    if given and not registry.takes_options(dataset):
        raise InputError(f"--{given[0]}: {dataset} is fixed, only rendered_faces/custom takes it")
    options = from_flags(CustomOptions) if registry.takes_options(dataset) else None
    print(commands.build_and_describe(dataset, _DATA_DIR.value, _MANUAL_DIR.value, _OVERWRITE.value, options))


if __name__ == "__main__":
    run_main(main)
