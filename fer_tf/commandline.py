"""What the command-line mains share: errors in one line, flags made from option classes."""

import contextlib
import dataclasses
import errno
import fcntl
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from absl import app, flags, logging

from fer_tf.errors import InputError

FLAGS = flags.FLAGS
# Mains import this module before TensorFlow, which would bury their lines under notes
# on absent GPUs. Set the variable to 0 to see them.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# oneDNN's convolutions, which TensorFlow takes by itself only on processors with AVX512: a third faster without too.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def run_main(main: Callable[[list[str]], int | None]) -> None:
    """Runs a command-line main under absl and exits.

    ``InputError`` and a full disk become one line on standard error and exit status 1, a reader that went away ends
    the program; any other exception is a bug and keeps its traceback.

    Args:
        main: takes the arguments that are no flags, returns an exit status or None.
    """

    def guarded(argv):
        if not FLAGS["verbosity"].present:
            logging.set_verbosity(logging.ERROR)
        try:
            return main(argv[1:])
        except InputError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("interrupted: what was written stays", file=sys.stderr)
            return 130
        except BrokenPipeError:
            # Who read the answers has enough, as head does; Python would complain again when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            print(f"error: the disk is full ({error.strerror}): make room; what was written stays", file=sys.stderr)
            return 1

    app.run(guarded)


def refuse_arguments(arguments: list[str]) -> None:
    """Raises InputError when a main that only takes flags is given something else."""
    if arguments:
        raise InputError(f"unexpected argument {arguments[0]!r}: every option is a --flag, see --help")


def define_flags(*option_classes: type) -> None:
    """Defines a flag for every field of some dataclasses, with its default and help.

    The help text is the field's ``metadata["help"]`` or its line under ``Attributes`` in
    the docstring. A field without default becomes a required flag. A field that several of
    the classes have, with the same type and default, is one flag with the first one's help.
    """
    define = {"bool": flags.DEFINE_bool, "int": flags.DEFINE_integer, "float": flags.DEFINE_float}
    defined = {}
    for options in option_classes:
        described = attribute_help(options)
        for field in dataclasses.fields(options):
            kind = field.type if isinstance(field.type, str) else field.type.__name__
            if defined.get(field.name) == (kind, field.default):
                continue
            defined[field.name] = (kind, field.default)
            required = field.default is dataclasses.MISSING
            text = field.metadata.get("help") or described.get(field.name, "")
            define.get(kind, flags.DEFINE_string)(
                field.name, None if required else field.default, text, required=required
            )
            # So that --help of the main shows it, and not only --helpfull.
            FLAGS.register_key_flag_for_module(sys.argv[0], FLAGS[field.name])


def from_flags(options: type):
    """Makes a dataclass from the flags that ``define_flags`` defined for it.

    Raises:
        InputError: a value is out of range.
    """
    return options(**{field.name: FLAGS[field.name].value for field in dataclasses.fields(options)})


def attribute_help(options: type) -> dict[str, str]:
    """Field name -> its description in the ``Attributes`` section of a docstring."""
    text = (options.__doc__ or "").partition("Attributes:")[2]
    entries = re.findall(r"^ {4,8}(\w+): (.*(?:\n {9,}.*)*)", text, re.MULTILINE)
    return {name: " ".join(words.split()).replace("``", "") for name, words in entries}


def flag_values() -> dict[str, object]:
    """Name and value of every flag of the running main, sorted by name."""
    # Flags of other packages decide nothing, and come and go with their versions.
    ours = (__name__, sys.argv[0])
    defined = FLAGS.flags_by_module_dict()
    names = {flag.name for module in ours for flag in defined.get(module, [])}
    return {name: FLAGS[name].value for name in sorted(names)}


def command_line() -> str:
    """The command that this process was started with; of absolute paths the last part only."""
    spec = sys.modules["__main__"].__spec__  # None for a script, else the module after -m
    program = ["-m", spec.name.removesuffix(".__main__")] if spec else sys.argv[:1]
    words = ["python", *program, *sys.argv[1:]]
    return " ".join(re.sub(r"(^|[=,])/([^\s,]*/)?", r"\1", word) for word in words)


@contextlib.contextmanager
def only_process(folder: Path) -> Iterator[None]:
    """Makes a folder and holds it, so that no second process writes there.

    Raises:
        InputError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(f"another process is writing to {folder}: wait for it, or choose another") from error
        yield


def check_same_flags(path: Path, values: dict[str, object]) -> None:
    """Refuses to resume with other flags than a run was started with.

    Args:
        path: ``flags.cfg`` of the run; nothing is checked when it does not exist.
        values: flags now.

    Raises:
        InputError: some differ; the message names them with both values.
    """
    if not path.is_file():
        return
    before = dict(line[2:].partition("=")[::2] for line in path.read_text().splitlines() if line.startswith("--"))
    now = dict(line[2:].partition("=")[::2] for line in flag_lines(values))
    differing = [name for name in sorted(before.keys() | now.keys()) if before.get(name) != now.get(name)]
    if differing:
        changes = "; ".join(f"{name} was {before.get(name)!r}, now {now.get(name)!r}" for name in differing)
        raise InputError(
            f"{path.parent} was started with other flags ({changes}): repeat the flags or choose another run_dir"
        )


def flag_lines(values: dict[str, object]) -> list[str]:
    """Lines of a flagfile that sets these values; flags without a value are left out."""
    lines = []
    for name, value in values.items():
        if isinstance(value, bool):
            value = str(value).lower()
        elif isinstance(value, list):
            value = ",".join(str(item) for item in value)
        if value is not None:
            lines.append(f"--{name}={value}")
    return lines
