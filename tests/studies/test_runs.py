"""What a study reads of the flagfiles that it trains with."""

import pytest

from fer_tf.errors import InputError
from fer_tf.studies.runs import dataset_of, study_seeds


def flagfile(folder, name, *lines):
    (folder / name).write_text("\n".join(lines))
    return str(folder / name)


def test_the_last_dataset_counts(tmp_path):
    recipe = flagfile(tmp_path, "recipe.flags", "# a comment", "--epochs=3")
    base = flagfile(tmp_path, "base.flags", "--dataset=fer2013", f"--flagfile={recipe}")
    assert dataset_of(base) == "fer2013"
    assert dataset_of(flagfile(tmp_path, "nested.flags", f"--flagfile={base}")) == "fer2013"
    assert dataset_of(flagfile(tmp_path, "more.flags", f"--flagfile={base}", "--dataset=a,b")) == "a,b"
    assert dataset_of(flagfile(tmp_path, "late.flags", f"--flagfile={recipe}", "--dataset=x")) == "x"


def test_flagfiles_that_do_not_say_are_refused(tmp_path):
    with pytest.raises(InputError, match="names no --dataset: add one"):
        dataset_of(flagfile(tmp_path, "none.flags", "--epochs=3"))
    with pytest.raises(InputError, match=r"flagfile nowhere.flags does not exist"):
        dataset_of(flagfile(tmp_path, "broken.flags", "--flagfile=nowhere.flags"))
    own = tmp_path / "own.flags"
    with pytest.raises(InputError, match=r"own.flags names itself"):
        dataset_of(flagfile(tmp_path, "own.flags", f"--flagfile={own}"))


def test_seeds_are_different_numbers():
    assert study_seeds(["0", "7"]) == [0, 7]
    for words in ([], ["a"], ["1", "1"], ["-1"], ["1", "01"]):
        with pytest.raises(InputError, match="expected different whole numbers from 0 on, with commas"):
            study_seeds(words)
