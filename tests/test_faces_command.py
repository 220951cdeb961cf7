import sys

import numpy as np
import pytest
from absl import flags
from PIL import Image

from fer_tf.errors import InputError


@pytest.fixture(scope="module")
def command():
    """The main's module, with its flags."""
    from fer_tf.faces import __main__ as module

    yield module
    for name in ("sheet", "count", "seed", "dataset", "data_dir", "splits", "detector"):
        delattr(flags.FLAGS, name)


def test_a_sheet_skips_what_cannot_be_read_and_names_it(command, tmp_path, monkeypatch, capsys):
    from fer_tf.synthesis import face_sheet

    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(tmp_path / "good.png")
    shown = []
    monkeypatch.setattr(
        face_sheet,
        "face_sections",
        lambda images, seed: shown.extend(images) or {"a": [[("", np.zeros((200, 200, 3), np.uint8))]]},
    )
    flags.FLAGS([sys.argv[0]])
    command.draw_sheet(tmp_path / "sheet.png", [str(tmp_path)])
    assert [image.shape for image in shown] == [(20, 30, 3)]
    assert "broken.jpg: " in capsys.readouterr().err
    (tmp_path / "good.png").unlink()
    with pytest.raises(InputError, match="none of the pictures could be read"):
        command.draw_sheet(tmp_path / "sheet.png", [str(tmp_path / "broken.jpg")])
    with pytest.raises(InputError, match=r"expected a file that ends in .png or .jpg, came .*sheet.txt"):
        command.draw_sheet(tmp_path / "sheet.txt", [])


def test_a_split_that_is_not_there_is_told_before_anything_is_looked_at(command, rendered_faces):
    with pytest.raises(InputError, match="split 'nowhere' is not in"):
        command.look_through("rendered_faces/tiny", ["test", "nowhere"], rendered_faces, command.FaceSettings())
