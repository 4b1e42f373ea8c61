"""git, as the tests call it: of nobody's name, and of no settings but the repository's."""

import os
import subprocess
from pathlib import Path

_NOBODY = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
_UNSET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def git(folder: Path, *words: str) -> str:
    """What it prints; it must succeed."""
    command = ("git", *_NOBODY, *words)
    environment = os.environ | _UNSET
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout
