"""Where people work: pre-commit's hooks and GitHub's action, run in a repository made by init."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

import composite
from workflow_commands import Command, commands

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
ACTION = ROOT / "action.yml"
TEMPLATES = ROOT / "generator/wirechart/templates/init"
ENVIRONMENT = {
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@a.example",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@a.example",
}


def ran(*words: str, cwd: Path, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        words,
        cwd=cwd,
        env={**ENVIRONMENT, "HOME": str(cwd), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project, built and committed."""
    project = tmp_path_factory.mktemp("made") / "book"
    for words in (
        ("wirechart", "init", str(project)),
        ("make", "-C", str(project), f"BIN={BIN}"),
        ("git", "-C", str(project), "add", "-A"),
        ("git", "-C", str(project), "commit", "-qm", "all"),
    ):
        code, output = ran(*words, cwd=project.parent)
        assert code == 0, output
    return project


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(made, tmp_path / "book"))


def change(project: Path, before: str, after: str, path: str = "spec/book.yaml") -> None:
    place = project / path
    text = place.read_text()
    assert before in text
    place.write_text(text.replace(before, after))


def hooks(project: Path) -> dict[str, str]:
    """What pre-commit says of every hook, run on all files."""
    _, output = ran(
        "pre-commit", "run", "--all-files", "--color=never", cwd=project,
        PRE_COMMIT_HOME=str(project.parent / "cache"),
    )  # fmt: skip
    lines = [line.split("....") for line in output.splitlines() if "...." in line]
    return {parts[0].rstrip("."): parts[-1].lstrip(".") for parts in lines}


def local(project: Path) -> None:
    """Use the published hooks from here, with the tool that is on PATH."""
    published = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    for hook in published:
        assert hook["language"] == "python"
        hook |= {"language": "system", "name": hook["id"]}
    published[-1]["args"] = ["README.md"]
    config = {"repos": [{"repo": "local", "hooks": published}]}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))


def test_pre_commit_takes_the_manifest_and_the_config() -> None:
    for kind, path in (
        ("manifest", ROOT / ".pre-commit-hooks.yaml"),
        ("config", TEMPLATES / "pre-commit-config.yaml"),
    ):
        assert ran("pre-commit", f"validate-{kind}", str(path), cwd=ROOT) == (0, "")


def test_the_published_hooks_pass_in_a_new_project(project: Path) -> None:
    local(project)

    assert hooks(project) == {
        "wirechart-check": "Passed",
        "wirechart-build": "Passed",
        "wirechart-inject": "Passed",
    }


def test_a_changed_spec_fails_the_published_hooks_that_see_it(project: Path) -> None:
    local(project)
    change(project, "Leave: Left", "Leave: stay, Open: Left")

    assert hooks(project) == {
        "wirechart-check": "Passed",
        "wirechart-build": "Failed",
        "wirechart-inject": "Failed",
    }


def test_the_hooks_of_a_new_project_pass_and_find_an_error(project: Path) -> None:
    (project / ".venv").symlink_to(BIN.parent)
    names = (
        "the spec has no findings",
        "diagrams/ and generated/ are what the spec says",
        "diagrams in other files are what the spec says",
    )

    passed = hooks(project)
    change(project, "Leave: Left", "Leave: Lef")

    assert passed == dict.fromkeys(names, "Passed")
    assert hooks(project) == dict.fromkeys(names, "Failed")


def acted(project: Path, temporary: Path, **inputs: str) -> composite.Ran:
    temporary.mkdir(exist_ok=True)
    return composite.run(ACTION, project, temporary, inputs, {**ENVIRONMENT, "HOME": str(project)})


def test_the_action_and_the_workflow_are_as_their_published_schemas_say() -> None:
    for schema, path in (
        ("actions", ACTION),
        ("workflows", TEMPLATES / "workflow.yml"),
    ):
        words = ("check-jsonschema", "--builtin-schema", f"vendor.github-{schema}", str(path))
        assert ran(*words, cwd=ROOT) == (0, "ok -- validation done\n")


def test_a_new_project_gets_the_action_of_this_repository() -> None:
    assert (TEMPLATES / "action.yml").read_text() == ACTION.read_text()


def test_inputs_reach_the_shell_only_as_variables() -> None:
    steps = yaml.safe_load(ACTION.read_text())["runs"]["steps"]

    assert [step["name"] for step in steps if "${{" in step["run"]] == []


def test_the_action_is_silent_about_a_project_without_mistakes(
    project: Path, tmp_path: Path
) -> None:
    done = acted(project, tmp_path / "t", inject="README.md", sarif="found.sarif")

    assert set(done.outcomes.values()) == {"success"}
    assert commands(done.output) == []
    assert done.outputs == {"sarif": f"{project}/found.sarif"}


def test_the_action_annotates_what_is_wrong(project: Path, tmp_path: Path) -> None:
    change(project, "Leave: Left", "Leave: Lef")

    done = acted(project, tmp_path / "t")

    assert (done.outcomes["Check"], done.outcomes["Drift"]) == ("failure", "failure")
    assert commands(done.output)[0] == Command(
        "error",
        {
            "file": "spec/book.yaml",
            "line": "45",
            "endLine": "45",
            "col": "43",
            "endColumn": "45",
            "title": "REF001",
        },
        "`Lef` is not a state\nhelp: did you mean `Left`?",
    )
    log = json.loads(Path(done.outputs["sarif"]).read_text())
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["REF001"]


def test_the_action_annotates_what_is_out_of_date(project: Path, tmp_path: Path) -> None:
    change(project, "Leave", "Left", path="README.md")
    change(project, "Leave", "Left", path="diagrams/book-happy.mmd")

    done = acted(project, tmp_path / "t", inject="README.md")

    assert (done.outcomes["Check"], done.outcomes["Drift"]) == ("success", "failure")
    assert commands(done.output) == [
        Command("error", {"title": "out of date"}, "changed diagrams/book-happy.mmd"),
        Command("error", {"title": "out of date"}, "changed README.md"),
    ]
    assert done.summary.endswith(
        "### Out of date\n\n    changed diagrams/book-happy.mmd\n    changed README.md\n"
    )


def wheel(folder: Path) -> Path:
    """The smallest thing called wirechart that pip can install."""
    place = folder / "wirechart-9-py3-none-any.whl"
    about = "wirechart-9.dist-info"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("installed.py", "def main() -> None: print('installed')\n")
        archive.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: wirechart\nVersion: 9\n"
        )
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(
            f"{about}/entry_points.txt", "[console_scripts]\nwirechart=installed:main\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    return place


def test_the_action_installs_where_there_is_no_wirechart(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "realpath", "sed"):
        (tools / name).symlink_to(str(shutil.which(name)))
    (tools / "python3").symlink_to(str(Path(sys.executable).resolve()))
    (tmp_path / "t").mkdir()
    environment = {"PATH": str(tools), "PIP_NO_INDEX": "1", "HOME": str(tmp_path)}

    done = composite.run(
        ACTION, tmp_path, tmp_path / "t", {"install": str(wheel(tmp_path))}, environment
    )

    assert (done.outcomes["Install"], done.path) == ("success", [f"{tmp_path}/t/wirechart/bin"])
    assert (tmp_path / "t/wirechart.sarif").read_text() == "installed\n"
