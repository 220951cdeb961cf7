"""Shows what the face tools find in pictures: ``python -m fer_tf.faces --sheet=out.png [PATH…]``.

Faces, crops, meshes, regions of action units, pictures without their people and every disguise;
without PATH on rendered people. Keep sheets of real people to yourself.
"""

from pathlib import Path

from absl import flags

from fer_tf.commandline import run_main
from fer_tf.errors import InputError

_SHEET = flags.DEFINE_string("sheet", None, "PNG or JPEG file to write.", required=True)
_COUNT = flags.DEFINE_integer("count", 7, "Pictures on the sheet, at most.", 1, 40)
_SEED = flags.DEFINE_integer("seed", 0, "Of rendered people, and of the disguises' styles.", 0)


def main(paths: list[str]) -> None:
    """Reads or draws the pictures and writes the sheet."""
    path = Path(_SHEET.value)
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise InputError(f"--sheet: expected a file that ends in .png or .jpg, came {path}")
    if not path.absolute().parent.is_dir():
        raise InputError(f"--sheet: the folder {path.parent} is not there: make it first")
    from fer_tf.predict.images import find_images, read_image
    from fer_tf.synthesis.contact_sheet import contact_sheet
    from fer_tf.synthesis.face_sheet import SIZE, face_sections, rendered_pictures

    if paths:
        images = [read_image(found) for found in find_images(paths)[: _COUNT.value]]
    else:
        images = rendered_pictures(_COUNT.value, _SEED.value)
    contact_sheet(face_sections(images, _SEED.value), SIZE).save(path)
    print(f"wrote {path}")


if __name__ == "__main__":
    run_main(main)
