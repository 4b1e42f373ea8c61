"""Where this very wirechart comes from, so that a new project can install it, too."""

import json
import sys
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

HEAD = """\
# Of this machine only, and ignored by git: the wirechart that made this project, and its Python.
"""


def local_makefile() -> str:
    """What `make` includes."""
    lines = [f"PYTHON ?= {sys.executable}", f"WIRECHART ?= {requirement()}"]
    return HEAD + "".join(f"{line}\n" for line in lines)


def requirement() -> str:
    """What pip installs to have it: as it was installed itself, by PEP 610, or by its name."""
    try:
        found = distribution("wirechart")
    except PackageNotFoundError:
        return "wirechart"
    written = found.read_text("direct_url.json")
    return _from(json.loads(written)) if written else f"wirechart=={found.version}"


def _from(origin: dict[str, Any]) -> str:
    url: str = origin["url"]
    if "vcs_info" in origin:
        version = origin["vcs_info"]
        return f"{version['vcs']}+{url}@{version['commit_id']}"
    return f"--editable {url}" if origin.get("dir_info", {}).get("editable") else url
