"""`wirechart init`: a project that builds, and whose generated tests pass, at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "generator")}


def run(*words: str, cwd: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**ENVIRONMENT, **({"PYTHONPATH": path} if path else {})}
    return subprocess.run(
        (sys.executable, *words),
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def wirechart(*words: str, cwd: Path) -> tuple[int, str, str]:
    done = run("-m", "wirechart", *words, cwd=cwd)
    return done.returncode, done.stdout, done.stderr


def test_a_new_project_is_written_and_named(tmp_path: Path) -> None:
    code, out, err = wirechart("init", "new", cwd=tmp_path)

    assert (code, err) == (0, "")
    assert out == (
        "created new/spec/new.yaml\n"
        "created new/Makefile\n"
        "created new/README.md\n"
        "created new/.gitattributes\n"
        "created new/.gitignore\n"
    )


@pytest.mark.parametrize(
    ("folder", "protocol"),
    [
        ("My Lock_2", "my-lock-2"),
        ("class", "guestbook"),
        ("123", "guestbook"),
        ("x" * 41, "guestbook"),
    ],
)
def test_the_protocol_is_called_like_the_folder_where_it_can_be(
    tmp_path: Path, folder: str, protocol: str
) -> None:
    wirechart("init", folder, cwd=tmp_path)

    spec = tmp_path / folder / "spec" / f"{protocol}.yaml"
    assert f"protocol: {protocol}\n" in spec.read_text()


def test_make_says_how_to_get_wirechart(tmp_path: Path) -> None:
    wirechart("init", "new", cwd=tmp_path)
    (tmp_path / "bin").mkdir()
    tools = {name: shutil.which(name) for name in ("make", "sh")}
    assert None not in tools.values()
    for name, place in tools.items():
        (tmp_path / "bin" / name).symlink_to(str(place))

    done = subprocess.run(
        [str(tools["make"]), "-C", "new"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.startswith("wirechart is missing: python -m pip install wirechart\n")


def test_a_new_project_builds_without_findings_and_its_tests_pass(tmp_path: Path) -> None:
    wirechart("init", "guestbook", cwd=tmp_path)
    tmp_path /= "guestbook"

    built = wirechart("build", cwd=tmp_path)
    tested = run("-m", "pytest", "-q", "generated", cwd=tmp_path, path=str(tmp_path / "generated"))

    assert (built[0], built[2]) == (0, "")
    assert wirechart("build", "--check", cwd=tmp_path) == (0, "", "")
    assert tested.returncode == 0, tested.stdout


def test_git_treats_the_output_of_a_new_project_as_generated(tmp_path: Path) -> None:
    wirechart("init", "guestbook", cwd=tmp_path)
    tmp_path /= "guestbook"
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)  # noqa: S607 -- any git

    asked = subprocess.run(
        ["git", "check-attr", "linguist-generated", "generated/guestbook/table.py"],  # noqa: S607 -- any git
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert asked.stdout == "generated/guestbook/table.py: linguist-generated: set\n"


def test_existing_files_are_named_and_none_is_written(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("mine\n")
    (tmp_path / ".gitignore").write_text("mine\n")

    assert wirechart("init", ".", cwd=tmp_path) == (
        2,
        "",
        "wirechart: . already has Makefile, .gitignore; nothing was written\n",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gitignore", "Makefile"]


def test_a_file_is_no_place_for_a_project(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("mine\n")

    code, out, err = wirechart("init", "new", cwd=tmp_path)

    assert (code, out) == (2, "")
    assert err == "wirechart: cannot write new/spec: Not a directory\n"
