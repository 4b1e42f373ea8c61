"""The repository and the wheel: what is generated is marked, what is installed works."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINK = ROOT / "tests" / "specs" / "nbd-transmission.yaml"


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(
        command, cwd=cwd, text=True, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    return next(folder.glob("wirechart-*.whl"))


@pytest.mark.parametrize(
    ("path", "attribute", "value"),
    [
        ("generated/ch_migration/table.py", "linguist-generated", "set"),
        ("generated/ch_migration/tests/test_table.py", "linguist-generated", "set"),
        ("diagrams/ch-migration.mmd", "linguist-generated", "set"),
        ("generator/wirechart/chart.py", "linguist-generated", "unspecified"),
        ("CHANGELOG.md", "merge", "union"),
    ],
)
def test_git_knows_generated_files_and_how_to_merge_the_changelog(
    path: str, attribute: str, value: str
) -> None:
    assert run("git", "check-attr", attribute, "--", path) == f"{path}: {attribute}: {value}\n"


def test_the_wheel_holds_the_tool_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    folders = {name.partition("/")[0] for name in names}

    assert folders == {"wirechart", f"{wheel.stem.removesuffix('-py3-none-any')}.dist-info"}
    assert {"wirechart/py.typed", "wirechart/commands/__init__.py"} <= set(names)


def test_the_wheel_works_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "env")
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        tmp_path / "env",
        "install",
        "--quiet",
        "--no-compile",
        wheel,
    )
    wirechart = tmp_path / "env" / "bin" / "wirechart"
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "nbd.yaml").write_bytes(LINK.read_bytes())

    version = run(wirechart, "--version", cwd=tmp_path)
    run(wirechart, "check", "spec/nbd.yaml", cwd=tmp_path)
    run(wirechart, "build", "spec/nbd.yaml", cwd=tmp_path)

    assert version == f"wirechart {wheel.name.split('-')[1]}\n"
    assert (tmp_path / "generated" / "nbd_transmission" / "receiver.py").is_file()
