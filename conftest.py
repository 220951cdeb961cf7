"""Fixtures for the tests in tests/ and beside the builders."""

import os
from pathlib import Path

# Before TensorFlow is imported: quiet, and the same kernels everywhere.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import pytest

SHARED = Path(__file__).resolve().parent.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of development data beside the checkout; the test is skipped without it."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the development data in {SHARED.name}/ beside the checkout")
    return SHARED


@pytest.fixture(scope="session")
def rendered_faces(tmp_path_factory) -> str:
    """data_dir with rendered_faces/tiny built once for the whole session."""
    from tfds_builders.registry import build

    data_dir = tmp_path_factory.mktemp("data")
    build("rendered_faces/tiny", data_dir=str(data_dir))
    return str(data_dir)
