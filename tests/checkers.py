"""mypy and pyright on snippets: one run of each for all of them, whatever tests ask for it."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

Finding: TypeAlias = tuple[str, int]  # the checker's code, the line
Findings: TypeAlias = Mapping[str, tuple[Finding, ...]]  # by file name, sorted


def check(folder: Path, packages: Path) -> Mapping[str, Findings]:
    """What each checker, as strict as it can be, says of the Python files in a folder.

    They import what lies in `packages`. The folder may be shared by processes: the first one runs
    the checkers, the others read what it found.
    """
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = folder / "found.json"
        if not found.exists():
            both = {"mypy": mypy(folder, packages), "pyright": pyright(folder, packages)}
            found.write_text(json.dumps(both))
        return {name: sorted_by_file(all_) for name, all_ in json.loads(found.read_text()).items()}


def sorted_by_file(found: Sequence[tuple[str, str, int]]) -> Findings:
    """The findings of each file."""
    files = {file for file, _, _ in found}
    return {
        name: tuple(sorted((code, line) for file, code, line in found if file == name))
        for name in files
    }


def mypy(folder: Path, packages: Path) -> list[tuple[str, str, int]]:
    """File, code and line of each finding."""
    arguments = ["--strict", "--no-incremental", "--config-file=", "--output=json", "."]
    output = run("mypy", arguments, folder, {"MYPYPATH": str(packages)})
    lines = [json.loads(line) for line in output.splitlines() if line]  # nothing wrong: one empty
    return [(Path(line["file"]).name, line["code"], line["line"]) for line in lines]


def pyright(folder: Path, packages: Path) -> list[tuple[str, str, int]]:
    """File, rule and line of each finding."""
    settings = {"extraPaths": [str(packages)], "typeCheckingMode": "strict"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    output = run("pyright", ["--project", ".", "--outputjson"], folder, {})
    found: list[dict[str, Any]] = json.loads(output)["generalDiagnostics"]
    return [
        (Path(one["file"]).name, one["rule"], one["range"]["start"]["line"] + 1) for one in found
    ]


def run(module: str, arguments: Sequence[str], folder: Path, variables: Mapping[str, str]) -> str:
    """What a checker of this environment prints; a finding is no failure, anything else is."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{module} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
