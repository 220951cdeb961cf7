import json

from fer_tf.training.record import environment, read_json, write_entry, write_entry_part, write_json


def test_what_is_undefined_is_null_not_zero(tmp_path):
    write_json(tmp_path / "a.json", {"f1": float("nan"), "list": [1.0, float("nan")], "deep": {"x": (float("nan"),)}})
    assert json.loads((tmp_path / "a.json").read_text()) == {"f1": None, "list": [1.0, None], "deep": {"x": [None]}}
    assert not list(tmp_path.glob("*.partial"))


def test_an_absent_file_is_empty(tmp_path):
    assert read_json(tmp_path / "a.json") == {}


def test_the_environment_names_code_packages_and_machine():
    found = environment()
    assert {"python", "tensorflow", "keras", "numpy"} <= set(found["versions"])
    assert "cores" in found["hardware"]
    assert isinstance(found["commit"], str)


def test_an_entry_holds_what_the_ledger_asks_for(tmp_path):
    write_entry(tmp_path / "new" / "name.json", {"accuracy": 0.5}, {"accuracy": [0.4, 0.6]}, n=7, commit="abc")
    entry = read_json(tmp_path / "new" / "name.json")
    assert entry["name"] == "name"
    assert entry["commit"] == "abc"
    assert entry["metrics"] == {"accuracy": 0.5}
    assert entry["intervals"] == {"accuracy": [0.4, 0.6]}
    assert {"versions", "hardware", "date", "n"} <= set(entry)


def test_parts_of_an_entry_leave_each_other_alone(tmp_path):
    path = tmp_path / "results" / "masks.json"
    write_entry_part(path, "one", {"a": 0.1}, {"a": [0.0, 0.2]}, n=3, paper="P")
    write_entry_part(path, "other", {"a": 0.5}, {}, n=4, paper="P")
    write_entry_part(path, "one", {"b": 0.2}, {}, n=5, paper="P")
    entry = read_json(path)
    assert entry["name"] == "masks"
    assert entry["metrics"] == {"other/a": 0.5, "one/b": 0.2}
    assert entry["intervals"] == {}
    assert {name: part["n"] for name, part in entry["parts"].items()} == {"one": 5, "other": 4}
