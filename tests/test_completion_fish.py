"""Completion in a real fish, which says what it would offer."""

import subprocess
from pathlib import Path

import pytest

from terminals import TOOLS

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("wirechart muta", "mutate\tChange the table of decisions cell by...\n"),
        ("wirechart explain REF001", "REF001\tunknown state\n"),
        (
            "wirechart simulate --machine w",
            "worker\tThe destination's end of a connection for memory.\n",
        ),
    ],
)
def test_fish_offers(line: str, offered: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["fish", "-c", f"wirechart completion fish | source; complete -C '{line}'"],  # noqa: S607 -- any fish
        cwd=ROOT,
        env={"PATH": TOOLS, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == offered
