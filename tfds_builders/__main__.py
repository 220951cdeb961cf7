"""Builds a dataset: ``python -m tfds_builders NAME[/CONFIG] --manual_dir=… --data_dir=…``."""

import os

# Before TensorFlow is imported: it would bury our lines under notes on absent GPUs.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow_datasets as tfds
from absl import flags, logging

from fer_tf.commandline import run_main
from fer_tf.errors import InputError
from tfds_builders import registry, reporting

_DATA_DIR = flags.DEFINE_string("data_dir", "data", "Folder for built datasets.")
_MANUAL_DIR = flags.DEFINE_string("manual_dir", None, "Folder with the archive, for datasets that need one.")
_OVERWRITE = flags.DEFINE_boolean("overwrite", False, "Build again what is built already.")
_LIST = flags.DEFINE_boolean("list", False, "List the datasets and their configurations.")


def main(arguments: list[str]) -> int:
    """Builds the named dataset, or says that it is built already."""
    if not flags.FLAGS["verbosity"].present:
        logging.set_verbosity(logging.ERROR)
    if _LIST.value:
        for name in registry.builder_names():
            configs = registry.config_names(name)
            print("\n".join(f"{name}/{config}" for config in configs) if configs else name)
        return 0
    if len(arguments) != 1:
        known = ", ".join(registry.builder_names())
        raise InputError(f"expected one dataset name, came {len(arguments)}: known are {known}, see --help")
    dataset = arguments[0]
    if registry.is_built(dataset, _DATA_DIR.value) and not _OVERWRITE.value:
        builder = registry.load_builder(dataset, _DATA_DIR.value)
        print("already built, --overwrite builds it again")
    else:
        # The builders show bars that know their total.
        tfds.disable_progress_bar()
        builder = registry.build(dataset, _DATA_DIR.value, _MANUAL_DIR.value)
    print(reporting.summary(builder))
    return 0


if __name__ == "__main__":
    run_main(main)
