"""What a check imports: the rest is paid by who uses it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"click", "graphviz", "jinja2", "rich", "statemachine", "subprocess", "json", "hashlib"}


def imported(code: str) -> set[str]:
    """The top-level modules that a program has imported at its end."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys\n{code}\nprint(*sorted(sys.modules), file=sys.stderr)",
        ],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "generator")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


def test_importing_the_package_imports_nothing_else_of_it() -> None:
    ours = {name for name in imported("import wirechart") if name.startswith("wirechart")}

    assert ours == {"wirechart"}


@pytest.mark.parametrize("words", [["check"], ["check", "spec/ch-migration.yaml"]])
def test_a_check_imports_no_heavy_package_and_no_output(words: list[str]) -> None:
    found = imported(f"from wirechart.commands import run\nrun({words!r})")

    assert found & HEAVY == set()
    assert {name for name in found if name.startswith("wirechart.targets")} == set()


def test_a_check_with_options_waits_for_the_option_parser_only() -> None:
    found = imported("from wirechart.commands import run\nrun(['check', '--strict'])")

    assert found & {"graphviz", "jinja2", "rich", "statemachine"} == set()
