"""Draws the contact sheet, or a film with its truth.

python -m fer_tf.synthesis.render --sheet out.png
python -m fer_tf.synthesis.render --film out.mp4 --people 3 --frames 250
"""

from pathlib import Path

from absl import flags
from tqdm import tqdm

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError
from fer_tf.synthesis.render.sheet import SECTIONS, draw_sheet
from fer_tf.synthesis.render.video import MOST_PEOPLE, Film, write_film

_SHEET = flags.DEFINE_string("sheet", None, "PNG or JPEG file to write.")
_FILM = flags.DEFINE_string("film", None, "MP4 file to write, of people who walk; the truth goes beside it as .jsonl.")
_SEED = flags.DEFINE_integer("seed", 0, "Of the people.", 0)
_SECTIONS = flags.DEFINE_list("sections", list(SECTIONS), f"What to draw, among {', '.join(SECTIONS)}.")
_PEOPLE = flags.DEFINE_integer("people", 2, "In the film.", 1, MOST_PEOPLE)
_FRAMES = flags.DEFINE_integer("frames", 100, "Of the film, 25 a second.", 1)


def main(arguments: list[str]) -> None:
    """Draws the sheet or the film and says where it is."""
    refuse_arguments(arguments)
    if (_SHEET.value is None) == (_FILM.value is None):
        raise InputError("expected --sheet=FILE or --film=FILE: give one of the two")
    if _FILM.value is not None:
        truth = write_film(_FILM.value, Film(_PEOPLE.value, _FRAMES.value, seed=_SEED.value))
        print(f"wrote {_FILM.value} and {truth}")
        return
    path = Path(_SHEET.value)
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise InputError(f"--sheet: expected a file that ends in .png or .jpg, came {path}")
    if not path.absolute().parent.is_dir():
        raise InputError(f"--sheet: the folder {path.parent} is not there: make it first")
    draw_sheet(_SEED.value, _SECTIONS.value, lambda rows: tqdm(rows, unit="row")).save(path)
    print(f"wrote {path}")


if __name__ == "__main__":
    run_main(main)
