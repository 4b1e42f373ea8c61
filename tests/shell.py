"""The tool, run as a program in a folder. Knows no command."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT / "generator"),
    "COLUMNS": "80",
}
NOTHING: Mapping[str, str] = {}
COMMAND = (sys.executable, "-m", "wirechart")


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Shell:
    """A folder in which commands are run."""

    folder: Path

    def run(
        self, *words: str | bytes, stdin: bytes = b"", environment: Mapping[str, str] = NOTHING
    ) -> Done:
        """`wirechart` with these arguments, and more environment."""
        done = subprocess.run(
            (*COMMAND, *words),
            cwd=self.folder,
            env={**ENVIRONMENT, **environment},
            input=stdin,
            capture_output=True,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def put(self, path: str, content: str) -> None:
        """A file."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
