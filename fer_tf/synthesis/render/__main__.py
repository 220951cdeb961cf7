"""Draws the contact sheet: ``python -m fer_tf.synthesis.render --sheet out.png``."""

from pathlib import Path

from absl import flags
from tqdm import tqdm

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError
from fer_tf.synthesis.render.sheet import SECTIONS, draw_sheet

_SHEET = flags.DEFINE_string("sheet", None, "PNG or JPEG file to write.", required=True)
_SEED = flags.DEFINE_integer("seed", 0, "Of the people on the sheet.", 0)
_SECTIONS = flags.DEFINE_list("sections", list(SECTIONS), f"What to draw, among {', '.join(SECTIONS)}.")


def main(arguments: list[str]) -> None:
    """Draws the sheet and says where it is."""
    refuse_arguments(arguments)
    path = Path(_SHEET.value)
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise InputError(f"--sheet: expected a file that ends in .png or .jpg, came {path}")
    if not path.absolute().parent.is_dir():
        raise InputError(f"--sheet: the folder {path.parent} is not there: make it first")
    draw_sheet(_SEED.value, _SECTIONS.value, lambda rows: tqdm(rows, unit="row")).save(path)
    print(f"wrote {path}")


if __name__ == "__main__":
    run_main(main)
