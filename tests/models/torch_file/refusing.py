"""Reads bytes as a torch file, and what is said when they are refused."""

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.models.torch_file.reading import read_state_dict

# The one storage of most files here.
NUMBERS = {"0": np.arange(12, dtype="f4")}


def read(tmp_path, data: bytes) -> dict[str, np.ndarray]:
    path = tmp_path / "a.pth.tar"
    path.write_bytes(data)
    return read_state_dict(path)


def refusal(tmp_path, data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(tmp_path, data)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"torch file {tmp_path / 'a.pth.tar'} is refused, and nothing of it was executed: ")
    return message
