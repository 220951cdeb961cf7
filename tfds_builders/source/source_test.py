"""Archives, tables, pictures and splits of strangers: what is read, and what is refused in one clear line."""

import io
import stat
import zipfile

import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from tfds_builders.source import faces
from tfds_builders.source.dummy import rendered_face
from tfds_builders.source.items import BY_SUBJECT, Item, by_split
from tfds_builders.source.pictures import checked, decode
from tfds_builders.source.splits import read_split_file, read_subjects, subject_split
from tfds_builders.source.tables import csv_rows, once, word_rows
from tfds_builders.source.tree import SourceTree


def file_bytes(picture, form="png", **options):
    buffer = io.BytesIO()
    picture.save(buffer, format=form, **options)
    return buffer.getvalue()


@pytest.fixture
def archive(tmp_path):
    def write(entries, name="data.zip"):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as packed:
            for entry, content in entries.items():
                packed.writestr(entry, content)
        return tmp_path

    return write


def test_folders_and_archives_are_one_tree(archive):
    folder = archive({"top/a/1.png": b"packed", "top/a/2.png": b"two", "__MACOSX/a/1.png": b"", "top/.x": b""})
    (folder / "top" / "a").mkdir(parents=True)
    (folder / "top" / "a" / "1.png").write_bytes(b"unpacked")
    tree = SourceTree(folder)
    found = tree.find(r"a/(?P<name>\d+)\.png")
    assert [(match["name"], tree.read(match.string)) for match in found] == [("1", b"unpacked"), ("2", b"two")]
    assert "top/a/2.png" in tree
    assert "top/.x" not in tree
    assert f"../{folder.name}/top/a/1.png" not in tree
    assert str(folder / "top/a/1.png") not in tree
    assert tree.path("top/a/1.png") == folder / "top/a/1.png"
    with pytest.raises(InputError, match=r"data\.zip: top/a/2\.png can be read from the disk only: unpack data\.zip"):
        tree.path("top/a/2.png")
    assert tree.where("top/a/2.png") == f"{folder / 'data.zip'}: top/a/2.png"
    with pytest.raises(InputError, match=r"expected the table, one file called b\.csv, there is none"):
        tree.one(r"b\.csv", "the table")
    with pytest.raises(InputError, match=r"came top/a/1\.png, top/a/2\.png"):
        tree.one(r"a/\d\.png", "a picture")


def test_files_are_found_by_their_own_path(archive):
    tree = SourceTree(archive({"top/set/a/1.png": b"1", "set/a/2.png": b"2"}))
    assert tree.by_path(r"a/\d\.png") == {"a/1.png": "top/set/a/1.png", "a/2.png": "set/a/2.png"}
    tree = SourceTree(archive({"set/a/1.png": b"1"}, "other.zip"))
    with pytest.raises(InputError, match=r"holds both set/a/1\.png and top/set/a/1\.png: keep one of the two"):
        tree.by_path(r"a/\d\.png")


@pytest.mark.parametrize("name", ["../out.png", "/out.png", "a/../../out.png", "a\\..\\out.png", "C:/out.png"])
def test_entries_that_climb_out_are_refused(archive, name):
    folder = archive({name: b"x"})
    with pytest.raises(InputError, match=r"data\.zip holds .*out\.png', which would lie outside of its folder"):
        SourceTree(folder)
    assert [path.name for path in folder.iterdir()] == ["data.zip"]


def test_links_and_passwords_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as packed:
        info = zipfile.ZipInfo("a.png")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(info, "/etc/passwd")
    with pytest.raises(InputError, match=r"holds the link 'a\.png'"):
        SourceTree(tmp_path)
    content = bytearray((tmp_path / "data.zip").read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "data.zip").write_bytes(content)
    with pytest.raises(InputError, match=r"holds the link|is encrypted: unpack it"):
        SourceTree(tmp_path)


def test_damaged_archives_are_named(archive):
    folder = archive({"a/1.png": bytes(range(256)) * 100})
    content = (folder / "data.zip").read_bytes()
    (folder / "data.zip").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"data\.zip is no zip archive, damaged or cut short .*download it again"):
        SourceTree(folder)
    broken = bytearray(content)
    broken[60] ^= 255
    (folder / "data.zip").write_bytes(broken)
    with pytest.raises(InputError, match=r"data\.zip: a/1\.png cannot be read .*: download it again"):
        SourceTree(folder).read("a/1.png")


def test_a_bomb_is_not_unpacked(archive):
    tree = SourceTree(archive({"a.png": bytes(1 << 20)}))
    with pytest.raises(InputError, match=r"a\.png has more than 1,000 bytes"):
        tree.read("a.png", limit=1000)


def test_rows_know_their_file_and_line():
    rows = list(csv_rows(b"\xef\xbb\xbfid, age\n1,20\n\n2,x\n", "t.csv", ("id", "age")))
    assert [row.integer("age", 0, 99) for row in rows[:1]] == [20]
    for call, expected in (
        (lambda: rows[1].integer("age", 0, 99), r"t\.csv: line 4: age: expected a whole number 0\.\.99, came 'x'"),
        (lambda: rows[0].integer("age", 0, 9), r"t\.csv: line 2: age: expected a whole number 0\.\.9, came '20'"),
        (lambda: rows[0].text("word"), r"t\.csv: line 2: word: expected some text, came 'nothing'"),
        (lambda: rows[1].position("age", ("young", "old")), r"line 4: age: expected one of young, old, came 'x'"),
    ):
        with pytest.raises(InputError, match=expected):
            call()


@pytest.mark.parametrize("value", ["nan", "inf", "1.5", ""])
def test_what_is_no_whole_number_is_refused(value):
    (row,) = csv_rows(f"a,b\n{value},1\n".encode(), "t.csv")
    with pytest.raises(InputError, match=r"line 2: a: expected a whole number of at least 0"):
        row.integer("a", 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\n1\n", r"t\.csv: expected the columns a, b, b is missing"),
        (b"a,b,a\n", r"t\.csv: expected every column once, came a, b, a"),
        (b"a,b\n1\n", r"t\.csv: line 2: expected 2 cells, came 1"),
        (b"a,b\n\xff,1\n", r"t\.csv: expected a CSV table in UTF-8"),
        (b'a,b\n"1,2\n', r"t\.csv: line 2: not a CSV table"),
        (b"", r"t\.csv: expected the columns a, b"),
    ],
)
def test_tables_that_are_none_are_refused(content, message):
    with pytest.raises(InputError, match=message):
        list(csv_rows(content, "t.csv", ("a", "b")))


def test_tables_of_words_have_as_many_cells_as_columns():
    rows = list(word_rows(b"a.jpg 5\r\n\n b.jpg  6 \n", "list.txt", ("file", "label")))
    assert [(row.text("file"), row.integer("label"), row.line) for row in rows] == [("a.jpg", 5, 1), ("b.jpg", 6, 3)]
    with pytest.raises(InputError, match=r"list\.txt: line 1: expected 2 cells \(file label\), came 3"):
        list(word_rows(b"a 1 2", "list.txt", ("file", "label")))


def test_tables_without_a_head_have_given_columns():
    content = b"a.png,1\nb.png,2\n\na.png,3\n"
    rows = csv_rows(content, "t.csv", columns=("file", "number"))
    assert [(row.text("file"), row.integer("number"), row.line) for row in rows] == [
        ("a.png", 1, 1),
        ("b.png", 2, 2),
        ("a.png", 3, 4),
    ]
    with pytest.raises(InputError, match=r"t\.csv: line 4: file 'a\.png' stands there twice, first in line 1"):
        list(once(csv_rows(content, "t.csv", columns=("file", "number")), "file"))
    with pytest.raises(InputError, match=r"t\.csv: expected a CSV table in UTF-8"):
        list(csv_rows(b"a\n" * 20_000 + b"\xff\n", "t.csv"))


def test_pictures_are_kept_as_they_are_where_they_can_be():
    grey, colour = Image.new("L", (8, 6), 7), Image.new("RGB", (8, 6), (1, 2, 3))
    for kept in (file_bytes(grey), file_bytes(colour), file_bytes(colour, "jpeg")):
        assert checked(kept) == kept
    for other in (
        file_bytes(colour, "bmp"),
        file_bytes(colour.convert("RGBA")),
        file_bytes(colour.convert("CMYK"), "jpeg"),
    ):
        assert checked(other).shape == (6, 8, 3)
    assert checked(file_bytes(grey.convert("1"))).shape == (6, 8)
    sixteen = file_bytes(Image.fromarray(np.full((6, 8), 700, np.uint16)))
    assert checked(sixteen).dtype == np.uint8


def test_hostile_pictures_are_refused():
    with pytest.raises(InputError, match=r"expected at most 67,108,864 pixels: .*900000000 pixels"):
        decode(file_bytes(Image.new("1", (30_000, 30_000))))
    with pytest.raises(InputError, match=r"expected at most 67,108,864 pixels, came 9000 x 9000"):
        decode(file_bytes(Image.new("1", (9_000, 9_000))))
    with pytest.raises(InputError, match=r"expected at most 16384 pixels a side, came 30000 x 10"):
        decode(file_bytes(Image.new("1", (30_000, 10))))
    with pytest.raises(InputError, match=r"expected at most 4096 pixels a side, came 5000 x 10"):
        decode(file_bytes(Image.new("1", (5000, 10))), 4096)
    with pytest.raises(InputError, match="not a picture that can be read"):
        decode(b"%!PS-Adobe-3.0 EPSF-3.0")
    with pytest.raises(InputError, match="damaged picture"):
        decode(file_bytes(Image.new("RGB", (80, 80)), "jpeg")[:200])


def test_people_are_divided_by_name_alone():
    names = [f"S{number:03}" for number in range(3000)]
    splits = [subject_split("ck_plus", name) for name in names]
    shares = {split: splits.count(split) / len(splits) for split in ("train", "validation", "test")}
    assert shares == pytest.approx({"train": 0.8, "validation": 0.1, "test": 0.1}, abs=0.02)
    # Worked out with `printf ck_plus/S000 | sha256sum` and so on: what is built today is built tomorrow.
    assert [subject_split("ck_plus", name) for name in ("S000", "S001", "S010", "S014")] == [
        "test",
        "train",
        "train",
        "test",
    ]
    assert subject_split("disfa", "S000", {"train": 0.0, "test": 1.0}) == "test"


def items(*subjects):
    return [(BY_SUBJECT, Item(f"{number}.png", "f", {"subject_id": name})) for number, name in enumerate(subjects)]


def test_nobody_is_in_two_splits_and_attributes_are_joined():
    found = by_split("ck_plus", items(*"abcdefgh" * 3), None, {"a": {"gender": 1}})
    people = {split: {item.known["subject_id"] for item in chosen} for split, chosen in found.items()}
    assert sum(len(names) for names in people.values()) == 8
    assert sum(len(chosen) for chosen in found.values()) == 24
    for chosen in found.values():
        for item in chosen:
            assert item.known.get("gender") == (1 if item.known["subject_id"] == "a" else None)


def test_cells_name_files_beside_their_table(archive):
    tree = SourceTree(archive({"top/t.csv": b"path\n./a//1.png\n../../1.png\n/etc/passwd\n", "top/a/1.png": b""}))
    rows = list(csv_rows(tree.read("top/t.csv"), "t.csv"))
    files = [tree.beside("top/t.csv", row, "path") for row in rows]
    assert files == ["top/a/1.png", "../1.png", "/etc/passwd"]
    assert [file in tree for file in files] == [True, False, False]


def test_a_table_of_other_people_is_refused():
    with pytest.raises(InputError, match=r"ck_plus: the table of subjects names no subject_id of .*, such as 'b'"):
        by_split("ck_plus", items("a", "b"), None, {"S1": {"gender": 1}})


def test_what_a_dataset_says_itself_is_kept():
    item = Item("1.png", "f", {"subject_id": "a", "gender": 0})
    (chosen,) = by_split("x", [("train", item)], None, {"a": {"gender": 1, "skin_tone": 3}})["train"]
    assert chosen.known == {"subject_id": "a", "gender": 0, "skin_tone": 3}


def test_a_split_file_rules(tmp_path):
    path = tmp_path / "splits.csv"
    path.write_text("image_id,split\n0.png,test\n2.png,train\n")
    found = by_split("x", items("a", "b", "c"), read_split_file(path), {})
    assert {split: [item.image_id for item in chosen if not item.fault] for split, chosen in found.items()} == {
        "test": ["0.png"],
        "train": ["2.png"],
    }
    assert [item.fault for chosen in found.values() for item in chosen if item.image_id == "1.png"] == [
        "not in the split file"
    ]
    path.write_text("subject_id,split\nz,train\n")
    with pytest.raises(InputError, match="x: the split file names no subject_id of this dataset"):
        by_split("x", items("a"), read_split_file(path), {})


def test_an_id_that_comes_twice_is_named():
    twice = [("train", Item("1.png", "a/1.png", {})), ("test", Item("1.png", "b/1.png", {}))]
    with pytest.raises(InputError, match=r"x: 1\.png is there twice \(b/1\.png\)"):
        by_split("x", twice, None, {})
    with pytest.raises(InputError, match=r"x: 1\.png: expected a subject_id, by which people are divided"):
        by_split("x", [(BY_SUBJECT, Item("1.png", "f", {}))], None, {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image_id\n1\n", "expected the columns split"),
        ("split\ntrain\n", "expected the column subject_id or image_id beside split"),
        ("image_id,split\n", "expected rows with split and subject_id or image_id, came none"),
        ("image_id,split\n1,train\n1,test\n", "line 3: image_id '1' is in train already"),
        ("image_id,split\n1,../x\n", "line 2: split: expected a name such as train"),
    ],
)
def test_wrong_split_files_are_refused(text, message, tmp_path):
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_split_file(tmp_path / "s.csv")


def test_attributes_of_people_are_words_of_the_project(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("subject_id,gender,skin_tone,age_group\nS1,Female,3,20-39\nS2,,,\n")
    assert read_subjects(path) == {"S1": {"gender": 0, "skin_tone": 3, "age_group": 2}, "S2": {}}
    path.write_text("subject_id,gender\nS1,woman\n")
    with pytest.raises(InputError, match=r"people\.csv: line 2: gender: expected one of female, male, came 'woman'"):
        read_subjects(path)
    path.write_text("subject_id,skin_tone\nS1,11\n")
    with pytest.raises(InputError, match=r"line 2: skin_tone: expected a whole number 1\.\.10, came '11'"):
        read_subjects(path)
    path.write_text("subject_id\nS1\nS1\n")
    with pytest.raises(InputError, match=r"line 3: subject_id 'S1' stands there twice"):
        read_subjects(path)
    with pytest.raises(InputError, match=r"none\.csv: expected a CSV file, there is none"):
        read_subjects(tmp_path / "none.csv")


def test_the_face_that_is_meant_is_cut(tmp_path):
    one, other = rendered_face("happiness", 0), rendered_face("anger", 1)
    both = np.zeros((160, 300, 3), np.uint8)
    both[:96, :96], both[40:136, 180:276] = one, other
    pictures = [
        ("left", both, (20, 20, 60, 60)),
        ("right", both, (200, 60, 60, 60)),
        ("none", both, (100, 100, 20, 20)),
    ]
    found = dict(faces.face_crops(pictures, 3, tmp_path))
    assert found["none"] == faces.NO_SUCH_FACE
    assert decode(found["left"]).shape == (224, 224, 3)
    alone = dict(faces.face_crops([("left", one, None), ("right", other, None)], 2, tmp_path))
    expected = {name: decode(content).astype(float) for name, content in alone.items()}

    def difference(name, other_name):
        return np.abs(decode(found[name]) - expected[other_name]).mean()

    assert difference("left", "left") < 0.7 * difference("left", "right")
    assert difference("right", "right") < 0.7 * difference("right", "left")
