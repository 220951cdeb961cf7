import subprocess
import sys
import textwrap
import tracemalloc
import types
from pathlib import Path

import numpy as np
import pytest

from fer_tf.commandline import only_process
from fer_tf.errors import InputError
from fer_tf.faces import detect
from fer_tf.faces.cache import FaceSettings, analyse, analyse_dataset
from fer_tf.faces.face import BLAZEFACE_KEYPOINTS, MTCNN_KEYPOINTS, Face, Mesh
from fer_tf.faces.store import Found, image_key

SETTINGS = {"detector": "fake", "min_size": 20}


def picture(number):
    return np.random.default_rng(number).integers(0, 256, (6, 5, 3), dtype=np.uint8)


def examples(count, start=0):
    return [(f"image_{number}", picture(number)) for number in range(start, count)]


class Analyser:
    """Finds 0 to 3 faces, decided by the pixels; counts how often it is asked."""

    def __init__(self, mesh_points=468):
        self.asked, self.batches, self.mesh_points = 0, [], mesh_points

    def __call__(self, images):
        self.asked += len(images)
        self.batches.append(len(images))
        return [self.one(image) for image in images]

    def one(self, image):
        rng = np.random.default_rng(image.ravel().tolist())
        faces, meshes = [], []
        for number in range(image[0, 0, 0] % 4):
            names = (MTCNN_KEYPOINTS, BLAZEFACE_KEYPOINTS, ())[number]
            points = {name: tuple(rng.normal(size=2).tolist()) for name in names}
            faces.append(Face(tuple(rng.normal(size=4).tolist()), float(rng.random()), points))
            size = self.mesh_points + 10 * (number % 2)
            meshes.append(Mesh(rng.normal(size=(size, 3)).astype(np.float32), rng.random()) if number < 2 else None)
        return Found(faces, meshes)


def run(items, folder, analyser=None, settings=SETTINGS, **options):
    return list(analyse(items, folder, settings, analyser or Analyser(), **options))


def assert_same(got, items):
    assert [image_id for image_id, _ in got] == [image_id for image_id, _ in items]
    for (_, found), (_, image) in zip(got, items, strict=True):
        expected = Analyser().one(image)
        assert found.faces == expected.faces
        assert [list(face.keypoints) for face in found.faces] == [list(face.keypoints) for face in expected.faces]
        assert [mesh is None for mesh in found.meshes] == [mesh is None for mesh in expected.meshes]
        for mesh, other in zip(found.meshes, expected.meshes, strict=True):
            if other is not None:
                assert mesh.score == other.score
                assert mesh.points.dtype == np.float32
                np.testing.assert_array_equal(mesh.points, other.points)


def shards(folder):
    return sorted(folder.rglob("*.npz"))


@pytest.mark.parametrize(("batch_size", "shard_size"), [(1, 1), (4, 7), (32, 256)])
def test_nothing_is_looked_at_twice(tmp_path, batch_size, shard_size):
    items, analyser = examples(30), Analyser()
    assert_same(run(items, tmp_path, analyser, batch_size=batch_size, shard_size=shard_size), items)
    assert analyser.asked == 30
    assert max(analyser.batches) == min(batch_size, 30)
    again = list(reversed(items))
    assert_same(run(again, tmp_path, analyser), again)
    assert analyser.asked == 30
    more = examples(35)
    assert_same(run(more, tmp_path, analyser), more)
    assert analyser.asked == 35


def test_an_image_twice_is_looked_at_once(tmp_path):
    items, analyser = examples(3) * 4, Analyser()
    assert_same(run(items, tmp_path, analyser, batch_size=5), items)
    assert analyser.asked == 3


def test_what_changed_is_looked_at_again(tmp_path):
    analyser = Analyser()
    items = [("a", picture(1))]
    run(items, tmp_path, analyser)
    for count, changed, settings in (
        (2, [("a", picture(2))], SETTINGS),  # other pixels
        (3, [("b", picture(1))], SETTINGS),  # another id
        (4, [("a", picture(1).reshape(5, 6, 3))], SETTINGS),  # another shape
        (5, items, {**SETTINGS, "min_size": 21}),
        (6, items, {**SETTINGS, "version": "2"}),
    ):
        assert_same(run(changed, tmp_path, analyser, settings), changed)
        assert analyser.asked == count
    # All of it is known now; the order of the settings is nothing.
    run(items, tmp_path, analyser, dict(reversed(SETTINGS.items())))
    assert analyser.asked == 6


@pytest.mark.parametrize("end", ["close", "raise"])
def test_what_was_found_before_an_end_is_kept(tmp_path, end):
    analyser, items = Analyser(), examples(20)

    def failing(images):
        if analyser.asked >= 8:
            raise RuntimeError("the network fails")
        return analyser(images)

    stream = analyse(items, tmp_path, SETTINGS, failing, batch_size=4)
    for _ in range(8):
        next(stream)
    if end == "close":
        stream.close()
    else:
        with pytest.raises(RuntimeError, match="the network fails"):
            next(stream)
    resumed = Analyser()
    assert_same(run(items, tmp_path, resumed), items)
    assert resumed.asked == 12


def test_a_killed_process_loses_one_shard_at_most(tmp_path):
    script = """
        import os, sys
        sys.path.insert(0, sys.argv[2])
        from tests.faces.test_cache import Analyser, SETTINGS, analyse, examples
        stream = analyse(examples(50), sys.argv[1], SETTINGS, Analyser(), batch_size=2, shard_size=8)
        for number, _ in enumerate(stream):
            if number == 29:
                os.kill(os.getpid(), 9)
    """
    root = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path), root]
    assert subprocess.run(command, cwd=root, capture_output=True, check=False).returncode == -9
    resumed, items = Analyser(), examples(50)
    assert_same(run(items, tmp_path, resumed), items)
    assert 20 <= resumed.asked <= 20 + 8


def test_half_written_files_are_never_read(tmp_path):
    run(examples(3), tmp_path)
    leftover = shards(tmp_path)[0].with_name("shard_000001.tmp")
    leftover.write_bytes(b"half")
    analyser = Analyser()
    run(examples(4), tmp_path, analyser)
    assert analyser.asked == 1
    assert not leftover.exists()


def test_one_process_writes_and_others_read(tmp_path):
    items = examples(5)
    run(items, tmp_path)
    with only_process(shards(tmp_path)[0].parent):
        assert_same(run(items, tmp_path), items)
        with pytest.raises(InputError, match="another process is writing to"):
            run(examples(6), tmp_path)


def test_what_another_process_wrote_in_between_is_taken(tmp_path):
    items, late = examples(6), Analyser()
    stream = analyse(items, tmp_path, SETTINGS, late, batch_size=3)
    # The generator lists the folder when it begins, and meets the first unknown image in its second batch.
    run(items[:3], tmp_path)
    next(stream)
    run(items[3:], tmp_path)
    assert len(list(stream)) == 5
    assert late.asked == 0
    assert len(shards(tmp_path)) == 2


def _damage_keys(path):
    path.write_bytes(path.read_bytes()[:100])


def _damage_points(path):
    content = bytearray(path.read_bytes())
    content[-3000] ^= 0xFF
    path.write_bytes(content)


def _damage_shapes(path):
    arrays = dict(np.load(path))
    arrays["faces"] = arrays["faces"] + 1
    np.savez(path, **arrays)


def _pickle(path):
    arrays = dict(np.load(path))
    arrays["boxes"] = np.array([{"a": "pickle"}], object)
    np.savez(path, **arrays)


def _empty(path):
    path.write_bytes(b"")


def _other_kind(path):
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


@pytest.mark.parametrize("damage", [_damage_keys, _damage_points, _damage_shapes, _pickle, _empty, _other_kind])
def test_a_damaged_file_is_reported_and_made_again(tmp_path, damage):
    items = examples(20)
    run(items, tmp_path, shard_size=8, batch_size=4)
    damage(shards(tmp_path)[1])
    analyser = Analyser()
    with pytest.warns(UserWarning, match="shard_000001.npz is damaged .* looked at again") as warned:
        assert_same(run(items, tmp_path, analyser), items)
    assert len(warned) == 1
    assert analyser.asked == 8
    assert_same(run(items, tmp_path, analyser), items)
    assert analyser.asked == 8


def test_hostile_ids_stay_in_the_folder(tmp_path):
    folder = tmp_path / "dataset" / "faces"
    ids = [
        "../../outside",
        "/etc/passwd",
        "x" * 10_000,
        "名\u202e\U0001f600",
        "\x00",
        "\ud800",
        "",
        "a\nb",
        "shard_000000",
    ]
    items = [(name, picture(number)) for number, name in enumerate(ids)]
    assert_same(run(items, folder), items)
    analyser = Analyser()
    assert_same(run(items, folder, analyser), items)
    assert analyser.asked == 0
    assert [path.name for path in tmp_path.iterdir()] == ["dataset"]
    assert [path.name for path in folder.parent.iterdir()] == ["faces"]
    assert {path.name for path in folder.rglob("*") if path.is_file()} == {".lock", "settings.json", "shard_000000.npz"}
    # No id can pass for another one with other pixels: the id's length is part of the key.
    assert image_key("a", np.frombuffer(b"bc", np.uint8)) != image_key("ab", np.frombuffer(b"c", np.uint8))


def test_wrong_results_and_ids_are_named(tmp_path):
    with pytest.raises(InputError, match="results for 2 images, came 1"):
        run(examples(2), tmp_path, lambda images: [Found([], [])])
    with pytest.raises(InputError, match="a mesh or None for each of 0 faces, came 1"):
        run(examples(1), tmp_path, lambda images: [Found([], [None])])
    with pytest.raises(InputError, match="image_id b'a': expected text, came bytes"):
        run([(b"a", picture(0))], tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file is a file: expected a folder"):
        run(examples(1), tmp_path / "file")
    assert run([], tmp_path / "nothing") == []
    assert not (tmp_path / "nothing").exists()


def test_memory_does_not_grow_with_the_dataset(tmp_path):
    def many(count):
        for number in range(count):
            yield str(number), np.full((1, 1, 3), 2, np.uint8)

    def used(count):
        tracemalloc.start()
        for _ in analyse(many(count), tmp_path / str(count), SETTINGS, Analyser(), shard_size=32):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    used(64)  # what is made once
    # 600 more images hold 6.7 MB of mesh points.
    assert used(800) - used(200) < 300_000


def test_the_default_looks_with_the_networks_and_its_settings(tmp_path, monkeypatch):
    calls = []

    def detect_faces(images, **options):
        calls.append(options)
        return [Analyser().one(image).faces for image in images]

    def find_meshes(images, faces):
        return [Analyser().one(image).meshes for image in images]

    monkeypatch.setattr(detect, "detect_faces", detect_faces)
    monkeypatch.setitem(sys.modules, "fer_tf.faces.mesh", types.SimpleNamespace(find_meshes=find_meshes))
    items = examples(5)
    assert_same(list(analyse_dataset(items, tmp_path)), items)
    assert calls == [{"detector": "mtcnn", "min_size": 20, "min_score": 0.9, "keep": "all"}]
    without = FaceSettings(detector="blazeface", keep="largest", mesh=False)
    for (_, found), (_, image) in zip(analyse_dataset(items, tmp_path, without), items, strict=True):
        assert found.faces == Analyser().one(image).faces
        assert found.meshes == [None] * len(found.faces)
    assert calls[-1] == {"detector": "blazeface", "min_size": 20, "min_score": 0.5, "keep": "largest"}
    assert FaceSettings(min_size=20.0, min_score=0.9) == FaceSettings()
    with pytest.raises(
        InputError, match="detector 'haar', keep 'all': expected mtcnn or blazeface or blazeface_both, and one of all"
    ):
        FaceSettings(detector="haar")
    described = without.describe()
    assert described["mediapipe"] == "0.10.21"
    assert described["mtcnn"] == "1.0.0"
