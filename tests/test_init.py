"""`wirechart init`: a project that builds, and whose generated tests pass, at once."""

import json
import os
import re
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from importlib.metadata import PackageNotFoundError
from io import StringIO
from pathlib import Path

import pytest

from gits import git
from wirechart import __version__, commands
from wirechart.commands.origin import requirement

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "generator")}


def wirechart(*words: str, cwd: Path) -> tuple[int, str, str]:
    """The exit code, and what is printed."""
    out, err = StringIO(), StringIO()
    with chdir(cwd), redirect_stdout(out), redirect_stderr(err):
        code = commands.run(list(words))
    return code, out.getvalue(), err.getvalue()


def test_a_new_project_is_written_and_named(tmp_path: Path) -> None:
    code, out, err = wirechart("init", "new", cwd=tmp_path)

    assert (code, err) == (0, "")
    assert out == (
        "created new/spec/new.yaml\n"
        "created new/book_handlers.py\n"
        "created new/tests/test_book.py\n"
        "created new/Makefile\n"
        "created new/README.md\n"
        "created new/pyproject.toml\n"
        "created new/.gitattributes\n"
        "created new/.gitignore\n"
        "created new/.pre-commit-config.yaml\n"
        "created new/.github/workflows/protocol.yml\n"
        "created new/.github/actions/wirechart/action.yml\n"
        "created new/local.mk\n"
        "created new/.git\n"
    )


@pytest.mark.parametrize(
    ("folder", "protocol"),
    [
        ("My Lock_2", "my-lock-2"),
        ("class", "guestbook"),
        ("123", "guestbook"),
        ("x" * 41, "guestbook"),
        ("book-handlers", "guestbook"),
    ],
)
def test_the_protocol_is_called_like_the_folder_where_it_can_be(
    tmp_path: Path, folder: str, protocol: str
) -> None:
    wirechart("init", folder, cwd=tmp_path)

    spec = tmp_path / folder / "spec" / f"{protocol}.yaml"
    assert f"protocol: {protocol}\n" in spec.read_text()


def make(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--silent", *words],  # noqa: S607 -- any make
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_project_is_green_at_once_and_stays_as_it_is(tmp_path: Path) -> None:
    wirechart("init", "my-book", cwd=tmp_path)
    project = tmp_path / "my-book"
    made = make(f"BIN={BIN}", "test", cwd=project)

    assert (made.returncode, made.stderr) == (0, ""), made.stdout
    assert re.findall(r"(\d+) passed|(Success: no issues)", made.stdout) == [
        ("137", ""),
        ("", "Success: no issues"),
    ]
    git(project, "add", "-A")
    git(project, "commit", "-qm", "all")
    assert make(f"BIN={BIN}", "check", cwd=project).returncode == 0
    assert git(project, "status", "--porcelain") == ""


def test_the_environment_is_made_by_the_python_that_made_the_project(tmp_path: Path) -> None:
    wirechart("init", "new", cwd=tmp_path)

    local = (tmp_path / "new/local.mk").read_text().splitlines()
    planned = make("--dry-run", "VERBOSE=", ".venv/.ready", cwd=tmp_path / "new").stdout

    assert local[1:] == [f"PYTHON ?= {sys.executable}", f"WIRECHART ?= {requirement()}"]
    assert planned.splitlines()[:2] == [
        f"test -x .venv/bin/python || {sys.executable} -m venv .venv",
        f".venv/bin/python -m pip install --quiet {requirement()} pytest mypy || {{ \\",
    ]


def test_make_says_what_to_do_where_wirechart_cannot_be_installed(tmp_path: Path) -> None:
    wirechart("init", "new", cwd=tmp_path)
    python = tmp_path / "new/.venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)

    done = make("WIRECHART=nowhere", cwd=tmp_path / "new")

    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "nothing to install from 'nowhere': say where wirechart is, make WIRECHART=…",
    )


@pytest.mark.parametrize(
    ("origin", "installed"),
    [
        (None, f"wirechart=={__version__}"),
        ({"url": "file:///a%20b", "dir_info": {"editable": True}}, "--editable file:///a%20b"),
        ({"url": "file:///a", "dir_info": {}}, "file:///a"),
        (
            {
                "url": "https://host.example/w.git",
                "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": "12ab"},
            },
            "git+https://host.example/w.git@12ab",
        ),
        ({"url": "https://host.example/w.whl", "archive_info": {}}, "https://host.example/w.whl"),
    ],
)
def test_wirechart_is_installed_from_where_it_came(
    origin: dict[str, object] | None, installed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Found:
        version = __version__

        def read_text(self, name: str) -> str | None:
            return json.dumps(origin) if origin and name == "direct_url.json" else None

    def found(_: str) -> Found:
        return Found()

    monkeypatch.setattr("wirechart.commands.origin.distribution", found)

    assert requirement() == installed


def test_what_is_run_without_being_installed_is_known_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def absent(_: str) -> None:
        raise PackageNotFoundError

    monkeypatch.setattr("wirechart.commands.origin.distribution", absent)

    assert requirement() == "wirechart"


def test_git_knows_what_is_generated_and_what_is_a_spec(tmp_path: Path) -> None:
    wirechart("init", "guestbook", cwd=tmp_path)
    paths = ("generated/guestbook/table.py", "spec/guestbook.yaml", "local.mk")

    asked = git(
        tmp_path / "guestbook", "check-attr", "linguist-generated", "diff", "--", *paths[:2]
    )

    assert asked.splitlines() == [
        "generated/guestbook/table.py: linguist-generated: set",
        "generated/guestbook/table.py: diff: unspecified",
        "spec/guestbook.yaml: linguist-generated: unspecified",
        "spec/guestbook.yaml: diff: wirechart",
    ]
    assert git(tmp_path / "guestbook", "check-ignore", *paths) == "local.mk\n"


def test_a_project_inside_a_repository_belongs_to_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")

    _, out, _ = wirechart("init", "inner", cwd=tmp_path)

    assert out.splitlines()[-1] == "created inner/local.mk"
    assert not (tmp_path / "inner/.git").exists()


def test_without_git_there_is_a_project_all_the_same(tmp_path: Path) -> None:
    done = subprocess.run(
        (sys.executable, "-m", "wirechart", "init", "new"),
        cwd=tmp_path,
        env={**ENVIRONMENT, "PATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "created new/local.mk")


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
