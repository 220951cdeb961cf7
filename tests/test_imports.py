"""A module imports only from its left, as DESIGN and BUILD_NOTES draw it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# From left to right. What stands together may import each other.
ORDER = [
    ("fer_tf.errors", "fer_tf.labels", "fer_tf.commandline", "fer_tf.pages"),
    ("fer_tf.faces",),
    ("fer_tf.synthesis",),
    ("tfds_builders",),
    ("fer_tf.data",),
    ("fer_tf.models",),
    ("fer_tf.evaluation",),
    ("fer_tf.training",),
    ("fer_tf.explain",),
    ("fer_tf.studies",),
    ("export",),
    ("fer_tf.predict", "fer_tf.audit", "fer_tf.demo", "train", "evaluate"),
]
FILES = [
    path
    for pattern in ("fer_tf/**/*.py", "tfds_builders/**/*.py", "export/**/*.py", "train.py", "evaluate.py")
    for path in ROOT.glob(pattern)
    if not path.name.endswith("_test.py") and path.name != "__init__.py"
]


def rank(module: str) -> int | None:
    for number, group in enumerate(ORDER):
        if any(module == name or module.startswith(name + ".") for name in group):
            return number
    return None


def imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module] + [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def test_files_are_found():
    assert len(FILES) > 20


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_come_from_the_left(path):
    own = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    place = rank(own)
    assert place is not None, f"{own} has no place in ORDER"
    if path.name == "__main__.py":
        place = len(ORDER)  # a main only wires parts
    too_far = [name for name in imported(path) if (rank(name) or 0) > place]
    assert not too_far, f"{own} imports from its right: {too_far}"


def test_the_check_notices_a_wrong_import(tmp_path):
    file = tmp_path / "module.py"
    file.write_text("from fer_tf.training import fit\n")
    assert max(rank(name) for name in imported(file)) > rank("fer_tf.data.load")


@pytest.mark.parametrize("path", [p for p in FILES if "models" in p.parts], ids=lambda p: p.name)
def test_models_hold_nothing_of_tensorflow(path):
    assert not [name for name in imported(path) if name.split(".")[0] == "tensorflow"]


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.name not in ("__main__.py", "commandline.py", "train.py", "evaluate.py")], ids=str
)
def test_flags_are_read_in_mains_only(path):
    if path.parts[-2:-1] == ("export",) and "run_main(" in path.read_text():
        pytest.skip("a main")
    assert not [name for name in imported(path) if name.startswith("absl.flags") or name == "absl"]
