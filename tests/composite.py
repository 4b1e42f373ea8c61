"""A composite action, run as GitHub's runner does: its steps, with what is documented for them.

Knows inputs, outputs, conditions of two kinds, and the files that a step writes; no marketplace.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
FILES = {  # variable -> file that a step may write
    "GITHUB_OUTPUT": "output",
    "GITHUB_PATH": "path",
    "GITHUB_STEP_SUMMARY": "summary",
}


@dataclass(frozen=True, slots=True)
class Ran:
    """What an action did."""

    outcomes: dict[str, str]  # of every step by its name: success, failure, skipped
    output: str  # what the steps printed
    summary: str
    outputs: dict[str, str]
    path: list[str]  # folders that were put before PATH


def run(
    action: Path,
    workspace: Path,
    temporary: Path,
    inputs: Mapping[str, str],
    environment: Mapping[str, str],
) -> Ran:
    """Run every step of an action in a repository."""
    described = yaml.safe_load(action.read_text())
    known = {f"inputs.{key}": item["default"] for key, item in described["inputs"].items()}
    known |= {f"inputs.{key}": value for key, value in inputs.items()}
    places = {variable: temporary / name for variable, name in FILES.items()}
    for place in places.values():
        place.touch()
    base = {
        **environment,
        **{variable: str(place) for variable, place in places.items()},
        "GITHUB_ACTION_PATH": str(action.parent),
        "GITHUB_WORKSPACE": str(workspace),
        "RUNNER_TEMP": str(temporary),
    }
    outcomes: dict[str, str] = {}
    printed = ""
    for step in described["runs"]["steps"]:
        outcome = "skipped"
        if _wanted(step.get("if"), outcomes, known):
            path = [*places["GITHUB_PATH"].read_text().split(), base["PATH"]]
            more = {key: _filled(value, known) for key, value in step.get("env", {}).items()}
            done = _step(step, workspace, known, base | more | {"PATH": os.pathsep.join(path)})
            printed += done.stdout
            outcome = "success" if done.returncode == 0 else "failure"
        outcomes[step["name"]] = outcome
        if "id" in step:
            known[f"steps.{step['id']}.outcome"] = outcome
            for line in places["GITHUB_OUTPUT"].read_text().splitlines():
                key, _, value = line.partition("=")
                known[f"steps.{step['id']}.outputs.{key}"] = value
    return Ran(
        outcomes,
        printed,
        places["GITHUB_STEP_SUMMARY"].read_text(),
        {key: _filled(item["value"], known) for key, item in described["outputs"].items()},
        places["GITHUB_PATH"].read_text().split(),
    )


def _step(
    step: dict[str, Any], workspace: Path, known: dict[str, str], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    assert step["shell"] == "bash"
    return subprocess.run(
        (*BASH, "-c", step["run"]),
        cwd=workspace / _filled(step.get("working-directory", "."), known),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _wanted(condition: str | None, outcomes: dict[str, str], known: dict[str, str]) -> bool:
    """By default a step runs where none before it has failed."""
    if condition is None:
        return "failure" not in outcomes.values()
    terms = EXPRESSION.sub(r"\1", condition).split(" && ")
    return all(_holds(term, known) for term in terms)


def _holds(term: str, known: dict[str, str]) -> bool:
    if term == "!cancelled()":
        return True
    name, sign, value = term.split(" ")
    return (known.get(name, "") == value.strip("'")) == (sign == "==")


def _filled(text: str, known: dict[str, str]) -> str:
    return EXPRESSION.sub(lambda found: known.get(found[1], ""), text)
