"""TensorFlow Serving answers over REST, where it is installed."""

import base64
import io
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
from PIL import Image

from export.metadata import info_of
from export.runners import KerasRunner
from export.saved_model import export_saved_model

BINARY = shutil.which("tensorflow_model_server")
pytestmark = pytest.mark.skipif(BINARY is None, reason="needs tensorflow_model_server in PATH")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def address(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    export_saved_model(model, folder / "faces" / "1")
    port = free_port()
    options = [f"--rest_api_port={port}", f"--port={free_port()}", "--model_name=faces"]
    server = subprocess.Popen(
        [BINARY, *options, f"--model_base_path={folder / 'faces'}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    found = f"http://127.0.0.1:{port}/v1/models/faces"
    try:
        wait_for(found, server)
        yield found
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(address: str, server: subprocess.Popen) -> None:
    for _ in range(240):
        assert server.poll() is None, "tensorflow_model_server ended by itself"
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if b"AVAILABLE" in answer.read():
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.25)
    pytest.fail("tensorflow_model_server did not come up within a minute")


def ask(address: str, content: dict) -> np.ndarray:
    request = urllib.request.Request(f"{address}:predict", json.dumps(content).encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return np.array([row["probabilities"] for row in json.load(answer)["predictions"]])


def test_arrays(address, model, images):
    found = ask(address, {"instances": [{"image": image.tolist()} for image in images[:2]]})
    np.testing.assert_allclose(found, KerasRunner(model, info_of(model)).probabilities(images[:2]), atol=1e-5)


def test_jpeg_files(address, model, images):
    buffer = io.BytesIO()
    Image.fromarray(images[0]).save(buffer, "JPEG", quality=95)
    encoded = base64.b64encode(buffer.getvalue()).decode()
    found = ask(address, {"signature_name": "jpeg", "instances": [{"jpeg": {"b64": encoded}}]})
    assert np.abs(found - KerasRunner(model, info_of(model)).probabilities(images[:1])).max() < 0.1
