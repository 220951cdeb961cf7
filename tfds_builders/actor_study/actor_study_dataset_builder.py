"""The Actor Study: action units in every frame of 21 actors, from several cameras (Seuss et al. 2019)."""

import posixpath
from collections.abc import Iterator

from fer_tf.errors import InputError
from tfds_builders.source.builder import PictureBuilder, face_configs
from tfds_builders.source.items import BY_SUBJECT, Item
from tfds_builders.source.tables import Row, csv_rows
from tfds_builders.source.tree import SourceTree
from tfds_builders.source.units import unit_cell, unit_columns, units_vector

COLUMNS = ("path", "subject", "frame", "camera")
CENTRE, ALL_CAMERAS = "centre", "all_cameras"
_LAST_FRAME = 2**31 - 1


class Builder(PictureBuilder):
    """Builds the Actor Study from a user's manifest, of the centre camera or of all."""

    BUILDER_CONFIGS = face_configs(("", "the centre camera"), (ALL_CAMERAS, "every camera"))
    HOMEPAGE = "https://doi.org/10.1109/ACII.2019.8925458"
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "ask the authors (Seuss et al., ACII 2019) for the Actor Study, put its pictures there, as a zip archive or "
        "unpacked, and beside them manifest.csv with the columns path, subject, frame, camera and one for each action "
        "unit, AU1, AU2 and so on: see tfds_builders/actor_study/README.md"
    )

    def items(self, tree: SourceTree) -> Iterator[tuple[str, Item]]:
        """See ``PictureBuilder``."""
        manifest = tree.one(r"manifest\.csv", "the table of the pictures")
        where = tree.where(manifest)
        units: dict[str, int] = {}
        lines: dict[str, int] = {}
        cameras = set()
        some = False
        for row in csv_rows(tree.read(manifest), where, COLUMNS):
            units = units or _units(row)
            file = tree.beside(manifest, row, "path")
            if lines.setdefault(file, row.line) != row.line:
                raise row.error("path", f"every picture once (line {lines[file]} has it)")
            camera = row.text("camera", "").lower()
            cameras.add(camera)
            if camera in ("", CENTRE) or self.labelling == ALL_CAMERAS:
                some = True
                yield BY_SUBJECT, self._item(tree, manifest, file, row, units)
        if cameras and not some:
            came = ", ".join(sorted(cameras)[:5])
            raise InputError(
                f"{where}: camera: expected {CENTRE} or nothing in some lines, came {came}: rename one, or build "
                f"{self.name}/{ALL_CAMERAS}"
            )

    def _item(self, tree: SourceTree, manifest: str, file: str, row: Row, units: dict[str, int]) -> Item:
        fault = ""
        if file not in tree:
            if not self.options.partial:
                raise row.error("path", f"a picture that is there, from the folder of {manifest} on")
            fault = "the picture is not there"
        subject, camera = row.text("subject"), row.text("camera", "").lower()
        known = {
            "subject_id": subject,
            "sequence_id": f"{subject}/{camera}" if camera else subject,
            "frame": row.integer("frame", 0, _LAST_FRAME),
            "action_units": units_vector({unit: unit_cell(row, column) for column, unit in units.items()}),
        }
        return Item(posixpath.normpath(row.text("path")), file, known, fault=fault)


def _units(row: Row) -> dict[str, int]:
    """Column -> action unit."""
    found = unit_columns(row.cells, row.file)
    if not found:
        raise InputError(f"{row.file}: expected a column for each action unit, AU1 and so on, came none")
    return found
