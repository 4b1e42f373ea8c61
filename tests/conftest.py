"""What tests share: Hypothesis without a clock, and tools that may be missing on a laptop."""

import os
import shutil

import pytest
from hypothesis import settings

settings.register_profile("wirechart", deadline=None, print_blob=True)
settings.load_profile("wirechart")


@pytest.fixture(scope="session")
def dot() -> str:
    """Graphviz's `dot`; without it a test is skipped, and in CI fails."""
    found = shutil.which("dot")
    if found is None and os.environ.get("CI") != "true":
        pytest.skip("`dot` is not installed: apt-get install graphviz")
    assert found, "`dot` is missing, and CI skips nothing"
    return found
