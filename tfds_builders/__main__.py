"""Builds a dataset: ``python -m tfds_builders NAME[/CONFIG] --manual_dir=… --data_dir=…``."""

import dataclasses

from absl import flags

from fer_tf.commandline import define_flags, from_flags, run_main
from fer_tf.errors import InputError
from tfds_builders import commands, registry
from tfds_builders.context.options import ContextOptions
from tfds_builders.defi.options import DefiOptions
from tfds_builders.disguised.options import TwinOptions
from tfds_builders.own_images.options import OwnOptions
from tfds_builders.rendered_faces.options import CustomOptions
from tfds_builders.source.options import SourceOptions

_DATA_DIR = flags.DEFINE_string("data_dir", "data", "Folder for built datasets.")
_MANUAL_DIR = flags.DEFINE_string("manual_dir", None, "Folder with the archive, for datasets that need one.")
_OVERWRITE = flags.DEFINE_boolean("overwrite", False, "Build again what is built already.")
_LIST = flags.DEFINE_boolean("list", False, "List the datasets and what of them is built in --data_dir.")
# Options -> the datasets that take them.
_TAKERS = {
    CustomOptions: "rendered_faces/custom",
    TwinOptions: "disguised/SOURCE-DISGUISE",
    ContextOptions: "context/SOURCE",
    SourceOptions: "sfew and the other datasets of archives",
    OwnOptions: "own_images",
    DefiOptions: "defi/SOURCE+SOURCE",
}
define_flags(*_TAKERS)


def main(arguments: list[str]) -> None:
    """Builds the named dataset, or says that it is built already."""
    if _LIST.value:
        print(commands.list_with_state(_DATA_DIR.value))
        return
    if len(arguments) != 1:
        known = ", ".join(commands.list_datasets().split())
        raise InputError(f"expected the name of one dataset, came {' '.join(arguments) or 'none'}: known are {known}")
    dataset = arguments[0]
    options_class = registry.options_class(dataset)
    _refuse_flags_of_others(dataset, options_class)
    options = from_flags(options_class) if options_class else None
    print(commands.build_and_describe(dataset, _DATA_DIR.value, _MANUAL_DIR.value, _OVERWRITE.value, options))


def _refuse_flags_of_others(dataset: str, options_class: type | None) -> None:
    fields = {options: [field.name for field in dataclasses.fields(options)] for options in _TAKERS}
    own = fields.get(options_class, [])
    for name in dict.fromkeys(name for names in fields.values() for name in names if name not in own):
        if flags.FLAGS[name].present:
            takers = " and ".join(taker for options, taker in _TAKERS.items() if name in fields[options])
            raise InputError(f"--{name}: {dataset} does not take it, only {takers}")


if __name__ == "__main__":
    run_main(main)
