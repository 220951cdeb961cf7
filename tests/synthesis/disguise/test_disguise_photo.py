"""Pictures in, disguised pictures out; detectors and drawing are stood in for."""

import csv
import dataclasses
import os

import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.faces import blazeface
from fer_tf.faces.face import Face, Mesh
from fer_tf.synthesis.disguise import __main__ as command
from fer_tf.synthesis.disguise import photo
from fer_tf.synthesis.disguise.overlay import Disguised
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.plan import Plan, frames
from fer_tf.synthesis.render.spec import Camera

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def centres(image, colour):
    """Where a patch of a colour lies, as x, y; pixel (0, 0) covers 0 to 1."""
    hits = np.abs(image.astype(int) - colour).max(axis=2) < 60
    rows, columns = np.nonzero(hits)
    return (columns.mean() + 0.5, rows.mean() + 0.5) if len(rows) else None


@pytest.fixture
def calls(monkeypatch):
    """BlazeFace finds red patches, MTCNN red and green ones; a mesh is a point at the patch.

    Blue in the corner of a picture hides the mesh; seed 13 does not fit.
    """
    calls = []

    def finder(name, *colours):
        def find(images, **options):
            calls.append((name, len(images), options))
            patches = [[(centres(image, colour), colour) for colour in colours] for image in images]
            # Green faces are larger.
            return [[Face((*c, 9 + colour[1], 9), 0.9, {}) for c, colour in of_one if c] for of_one in patches]

        return find

    def meshes(images, faces, passes):
        def mesh(image, face):
            return None if centres(image, BLUE) else Mesh(np.float32([(*face.box[:2], 0)]), 0.8)

        assert passes == 2
        return [[mesh(image, face) for face in of_one] for image, of_one in zip(images, faces, strict=True)]

    def draw(images, meshes, disguise, seeds):
        assert disguise == "hat"
        results = []
        for image, found, seed in zip(images, meshes, seeds, strict=True):
            placed = tuple(mesh is not None and seed != 13 for mesh in found)
            result = Disguised(255 - image, np.ones(image.shape[:2], np.float32), placed)
            results.append(result if any(placed) else None)
        return results

    monkeypatch.setattr(photo.blazeface, "find_faces", finder("blazeface", RED))
    monkeypatch.setattr(photo, "detect_faces", finder("mtcnn", RED, GREEN))
    monkeypatch.setattr(photo, "find_meshes", meshes)
    monkeypatch.setattr(photo, "disguise_faces", draw)
    return calls


def picture(height, width, **patches):
    """Grey, with patches of six hundredths of the width: colour=(x, y) of the middle, as shares."""
    image = np.full((height, width, 3), 90, np.uint8)
    for name, (x, y) in patches.items():
        half = max(1, round(width * 0.03))
        column, row = round(x * width), round(y * height)
        colour = {"red": RED, "green": GREEN, "blue": BLUE}[name]
        image[max(0, row - half) : row + half, max(0, column - half) : column + half] = colour
    return image


def xs(meshes):
    return [round(float(mesh.points[0, 0])) for mesh in meshes]


def test_mtcnn_looks_at_what_blazeface_left(calls):
    images = [picture(100, 100), picture(100, 100, red=(0.3, 0.5)), picture(50, 200, green=(0.8, 0.5))]
    assert [xs(meshes) for meshes in photo.picture_meshes(images)] == [[], [30], [160]]
    assert calls == [("blazeface", 3, {"border": blazeface.CROP_BORDER}), ("mtcnn", 2, {})]


def test_the_largest_face_or_everyone(calls):
    both = picture(300, 300, red=(0.2, 0.5), green=(0.8, 0.5))
    assert xs(photo.picture_meshes([both])[0]) == [60], "BlazeFace finds one"
    calls.clear()
    assert xs(photo.picture_meshes([both], everyone=True)[0]) == [60, 240]
    assert [name for name, *_ in calls] == ["mtcnn", "blazeface"]


def test_the_largest_of_several(calls, monkeypatch):
    monkeypatch.setattr(photo.blazeface, "find_faces", lambda images, **_: [[]] * len(images))
    both = picture(300, 300, red=(0.2, 0.5), green=(0.8, 0.5))
    assert xs(photo.picture_meshes([both])[0]) == [240]
    assert calls


@pytest.mark.usefixtures("calls")
def test_each_outcome_says_why_and_depends_on_its_own_picture():
    red = picture(100, 100, red=(0.5, 0.5))
    hidden = picture(100, 100, red=(0.5, 0.5), blue=(0.1, 0.1))
    images, seeds = [red, np.zeros_like(red), hidden, red], [1, 2, 3, 13]
    outcomes = photo.disguise_pictures(images, "hat", seeds)
    assert (outcomes[0].image == 255 - red).all()
    assert [outcome.reason for outcome in outcomes[1:]] == [
        "no face was found",
        "a face was found, but no mesh on it",
        "no hat could be placed: it lies outside of the picture, or the mesh is not a face's or too small",
    ]
    assert photo.disguise_pictures([], "hat", []) == []


@pytest.fixture(scope="module")
def drawn():
    """Six people of 64 to 128 pixels, two of them grey."""
    plan = Plan("photo", 11, {"test": 6}, images_per_subject=7, disguised=0.0, size=64)
    chosen = [frames(plan, "test", index)[index].frame for index in range(6)]
    cameras = [Camera(grayscale=index < 2) for index in range(6)]
    sizes = (64, 96, 64, 96, 128, 128)
    return [draw(dataclasses.replace(f, size=s, camera=c)) for f, s, c in zip(chosen, sizes, cameras, strict=True)]


def test_the_real_parts_find_and_mask_rendered_faces(drawn):
    images = [np.zeros((48, 48, 3), np.uint8), *(picture.image for picture in drawn)]
    seeds = list(range(len(images)))
    nothing, *meshes = photo.picture_meshes(images)
    assert nothing == []
    for (mesh,), picture in zip(meshes, drawn, strict=True):
        eyes = np.linalg.norm(np.subtract(*picture.mesh[[33, 263]]))
        assert np.linalg.norm(mesh.points[:, :2] - picture.mesh, axis=1).mean() < 0.1 * eyes
    nothing, *outcomes = photo.disguise_pictures(images, "surgical_mask", seeds)
    assert nothing == photo.Refused("no face was found")
    for outcome, picture in zip(outcomes, drawn, strict=True):
        changed = (outcome.image != picture.image).any(axis=2)
        (mouth_x, mouth_y), (eye_x, eye_y) = picture.mesh[[13, 159]].astype(int)
        assert changed[mouth_y, mouth_x]
        assert not changed[eye_y - 1 : eye_y + 2, eye_x].any()
        assert 0.05 < changed.mean() < 0.5
        # A grey picture stays grey.
        assert (outcome.image == outcome.image[..., :1]).all() == (picture.image == picture.image[..., :1]).all()
    alone = [
        photo.disguise_pictures([i], "surgical_mask", [s])[0] for i, s in zip(images[1:3], seeds[1:3], strict=True)
    ]
    assert all((one.image == other.image).all() for one, other in zip(alone, outcomes, strict=False))


def test_a_stream_follows_from_seed_and_name():
    draws = {
        (s, n): photo.picture_stream(s, n).integers(2**32) for s in (0, 1, 11) for n in ("a", "1a", "/a", "\udcff")
    }
    assert len(set(draws.values())) == len(draws)
    assert photo.picture_stream(0, "fer0000007").integers(2**32) == 3459490258  # on every machine


@pytest.fixture
def folder(tmp_path):
    """A red, a green, an empty and a broken picture, and one of both colours deeper down."""
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    pictures = {
        "a.png": picture(60, 80, red=(0.5, 0.5)),
        "b.bmp": picture(300, 300, green=(0.5, 0.5)),
        "deep/a.png": picture(300, 300, red=(0.2, 0.5), green=(0.8, 0.5)),
        "empty.png": picture(60, 80),
    }
    for name, image in pictures.items():
        Image.fromarray(image).save(folder / name)
    (folder / "c.jpg").write_bytes(b"\xff\xd8\xff no more")
    return folder


@pytest.mark.usefixtures("calls")
def test_files_are_copied_and_what_cannot_be_is_listed(folder, tmp_path, monkeypatch):
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    monkeypatch.chdir(tmp_path)
    line = command.disguise_files(["photos"], "hat", "photos/out")
    assert line == "3 of 5 pictures written to photos/out, 2 listed in photos/out/rejected.csv"
    out = folder / "out"
    written = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert written == {"a.png.hat.png", "b.bmp.hat.png", "deep/a.png.hat.png", "rejected.csv"}
    np.testing.assert_array_equal(Image.open(out / "a.png.hat.png"), 255 - np.asarray(Image.open(folder / "a.png")))
    with (out / "rejected.csv").open(newline="") as file:
        reasons = {row["image"]: row["reason"] for row in csv.DictReader(file)}
    assert reasons.keys() == {"photos/c.jpg", "photos/empty.png"}
    assert reasons["photos/empty.png"] == "no face was found"
    assert "picture" in reasons["photos/c.jpg"] or "read" in reasons["photos/c.jpg"]
    # Again: copies are not taken for pictures, and sources stay as they are.
    assert command.disguise_files(["photos"], "hat", "photos/out") == line
    assert before == {path: path.read_bytes() for path in before}
    assert len(list(out.rglob("*.png"))) == 3


@pytest.mark.usefixtures("calls")
def test_copies_stay_in_their_folder(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(folder / "deep")
    command.disguise_files(["../a.png", "a.png"], "hat", tmp_path / "out")
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.hat.png")}
    assert files == {"out/a.png.hat.png", "out/deep/a.png.hat.png"}


@pytest.mark.usefixtures("calls")
def test_a_copy_does_not_depend_on_the_others(folder, tmp_path, monkeypatch):
    seeds = {}

    def note(images, _, look, **__):
        seeds.setdefault(images[0].shape, set()).update(look)
        return [photo.Refused("noted")]

    monkeypatch.setattr(photo, "disguise_pictures", note)
    for paths in ([folder], [folder / "a.png"], [folder / "b.bmp", folder / "a.png"]):
        with pytest.raises(InputError, match="none of"):
            command.disguise_files(paths, "hat", tmp_path / "out")
    assert len(seeds[60, 80, 3]) == 2, "a.png and empty.png"


@pytest.mark.usefixtures("calls")
def test_what_cannot_be_done_is_said(folder, tmp_path, monkeypatch, capsys):
    with pytest.raises(InputError, match=r"none of 1 pictures could be disguised: the reasons are in .*rejected.csv"):
        command.disguise_files([folder / "empty.png"], "hat", tmp_path / "out")
    with pytest.raises(InputError, match="nowhere does not exist"):
        command.disguise_files([tmp_path / "nowhere"], "hat", tmp_path / "out")
    with pytest.raises(InputError, match=r"all pictures lie in .*photos, the folder of the copies: choose another"):
        command.disguise_files([folder], "hat", folder)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        command.disguise_files([folder], "hat", tmp_path / "file" / "out")
    # One of two faces only.
    found = photo.find_meshes
    monkeypatch.setattr(
        photo, "find_meshes", lambda *args, **options: [[None, ms[1]] for ms in found(*args, **options)]
    )
    command.disguise_files([folder / "deep"], "hat", tmp_path / "out")
    assert f"deep{os.sep}a.png: 1 of 2 faces" in capsys.readouterr().err
