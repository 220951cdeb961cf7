import dataclasses
import importlib.machinery
import subprocess
import sys

import pytest

from fer_tf import commandline
from fer_tf.errors import InputError

MAIN = """
from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError

def main(arguments):
    refuse_arguments(arguments)
    raise InputError("expected a, came b, do c")

run_main(main)
"""


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", MAIN, *arguments], capture_output=True, text=True, check=False)


def test_an_input_error_is_one_line_and_a_status():
    result = run()
    assert result.returncode == 1
    assert result.stderr == "error: expected a, came b, do c\n"


def test_a_stray_argument_is_refused():
    result = run("photo.jpg")
    assert result.returncode == 1
    assert result.stderr == "error: unexpected argument 'photo.jpg': every option is a --flag, see --help\n"


@dataclasses.dataclass
class Options:
    """An example.

    Attributes:
        epochs: passes over
            the data.
        rate: step ``size``.
    """

    epochs: int = 3
    rate: float = 0.1


def test_help_comes_from_the_docstring():
    assert commandline.attribute_help(Options) == {"epochs": "passes over the data.", "rate": "step size."}


SHARED = """
import dataclasses
import sys
from absl import flags
from fer_tf import commandline

@dataclasses.dataclass
class Size:
    seed: int = 0
    size: int = 3

@dataclasses.dataclass
class Other:
    seed: int = OTHER
    name: str = "a"

commandline.define_flags(Size, Other)
flags.FLAGS(sys.argv)
print(commandline.from_flags(Size), commandline.from_flags(Other))
"""


def test_one_flag_serves_several_options():
    command = [sys.executable, "-c", SHARED.replace("OTHER", "0"), "--seed=5", "--name=b"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.stdout == "Size(seed=5, size=3) Other(seed=5, name='b')\n"
    # Not when they do not mean the same.
    command[2] = SHARED.replace("OTHER", "1")
    assert "DuplicateFlagError" in subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_flag_lines_leave_out_what_is_not_set():
    values = {"a": True, "b": None, "c": ["1", "2"], "d": 0.5}
    assert commandline.flag_lines(values) == ["--a=true", "--c=1,2", "--d=0.5"]


def test_other_flags_are_refused_and_named(tmp_path):
    path = tmp_path / "flags.cfg"
    path.write_text("--epochs=3\n--seed=0\n")
    commandline.check_same_flags(path, {"epochs": 3, "seed": 0})
    with pytest.raises(InputError, match=r"epochs was '3', now '5'; seed was '0', now None"):
        commandline.check_same_flags(path, {"epochs": 5})


def test_a_new_run_has_nothing_to_compare(tmp_path):
    commandline.check_same_flags(tmp_path / "flags.cfg", {"epochs": 5})


def test_the_command_is_kept_without_the_folders_of_the_machine(monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    monkeypatch.setattr(sys, "argv", ["/home/me/train.py", "--data_dir=/data/sets", "--weights=runs/a/model.keras"])
    assert commandline.command_line() == "python train.py --data_dir=sets --weights=runs/a/model.keras"


@pytest.mark.parametrize(
    ("module", "named"), [("benchmarks.quality", "benchmarks.quality"), ("fer_tf.predict.__main__", "fer_tf.predict")]
)
def test_the_command_names_the_module_and_shortens_every_path_of_a_list(monkeypatch, module, named):
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", importlib.machinery.ModuleSpec(module, None))
    monkeypatch.setattr(sys, "argv", ["/home/me/quality.py", "--judges=models/a.tflite,/home/me/b.tflite,/c.tflite"])
    assert commandline.command_line() == f"python -m {named} --judges=models/a.tflite,b.tflite,c.tflite"


def test_a_folder_is_held_by_one_process(tmp_path):
    with (
        commandline.only_process(tmp_path / "run"),
        pytest.raises(InputError, match="another process is writing to"),
        commandline.only_process(tmp_path / "run"),
    ):
        pass
    with commandline.only_process(tmp_path / "run"):
        pass
