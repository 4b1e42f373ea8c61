"""What tests share: Hypothesis without a clock, and tools that may be missing on a laptop."""

import os
import shutil
import sys
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from live.programs import missing
from shell import Shell

_HERE: Final = Path(__file__).parent
_LIVE: Final = _HERE / "live"


def _absent(*programs: str) -> str:
    return "; ".join(f"{name} is not on PATH" for name in programs if shutil.which(name) is None)


# Hundreds of programs are started here: each would compile again what the one before it did.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What cannot run here, and why; nothing: it can. CI may lack such programs, too, and says so.
_NOT_RUN: Final = {
    _LIVE / "test_guest.py": missing("cc", "qemu-system-x86_64"),
    _LIVE / "test_migrations.py": missing("cloud-hypervisor", "ch-remote", "cc", kvm=True),
    _HERE / "test_spin.py": _absent("spin", "cc"),
    _HERE / "test_rust_example.py": _absent("rustc", "rustdoc"),
    _HERE / "test_completion_fish.py": _absent("fish"),
    _HERE / "test_completion_zsh.py": _absent("zsh"),
}

# Each run looks at other examples; in CI at the same ones, so that a change is judged by itself.
_SAME = bool(os.environ.get("CI"))
settings.register_profile("wirechart", deadline=None, print_blob=True, derandomize=_SAME)
settings.load_profile("wirechart")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """An empty folder in which commands are run."""
    return Shell(tmp_path)


@pytest.fixture(scope="session")
def dot() -> str:
    """Graphviz's `dot`; without it a test is skipped, and in CI fails."""
    found = shutil.which("dot")
    if found is None and os.environ.get("CI") != "true":
        pytest.skip("`dot` is not installed: apt-get install graphviz")
    assert found, "`dot` is missing, and CI skips nothing"
    return found


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run: it neither passed nor was skipped."""
    left = [item for item in items if _NOT_RUN.get(item.path)]
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was left out of that which was asked for; also when other processes collected it."""
    here = config.invocation_params.dir
    asked = [(here / argument.partition("::")[0]).resolve() for argument in config.args]
    for path, reason in _NOT_RUN.items():
        if reason and any(path.is_relative_to(place) for place in asked):
            terminalreporter.line(f"{path.relative_to(config.rootpath)}: not run: {reason}")
