"""What the tests of the examples share."""

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a snapshot may come to be; nothing else is beside it."""
    return tmp_path / "snapshot"
