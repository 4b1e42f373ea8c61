"""A shell at the other end of a terminal, typed at as a person does."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

TOOLS = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
PATIENCE = 60.0  # seconds


class Terminal:
    """A program at the other end of a terminal."""

    def __init__(self, *words: str, folder: Path) -> None:
        self.words = words
        self.folder = folder
        self.shown = ""

    def __enter__(self) -> Self:
        self.mine, theirs = pty.openpty()
        self.process = subprocess.Popen(
            self.words,
            cwd=self.folder,
            env={"PATH": TOOLS, "TERM": "dumb", "PS1": "> ", "HOME": str(self.folder)},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.mine)

    def type(self, keys: str, until: str) -> None:
        """Type, and read until the program has shown something."""
        os.write(self.mine, keys.encode())
        self.shown = ""
        end = time.monotonic() + PATIENCE
        while until not in self.shown:
            ready, _, _ = select.select([self.mine], [], [], end - time.monotonic())
            assert ready, f"never shown: {until!r}, but {self.shown!r}"
            self.shown += os.read(self.mine, 1 << 16).decode(errors="replace")
