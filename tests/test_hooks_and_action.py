"""Where people work: pre-commit's hooks and GitHub's action, run in a repository made by init."""

import json
import os
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from ruamel.yaml import YAML  # of YAML 1.2: PyYAML takes `on` for true

import composite
import sarif
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
        ("git", "-C", str(project), "checkout", "-qb", "main"),
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


def test_pre_commit_takes_the_manifest_and_the_config(tmp_path: Path) -> None:
    for kind, path in (
        ("manifest", ROOT / ".pre-commit-hooks.yaml"),
        ("config", TEMPLATES / "pre-commit-config.yaml"),
    ):
        assert ran("pre-commit", f"validate-{kind}", str(path), cwd=tmp_path) == (0, "")


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


def test_the_hooks_of_a_new_project_pass(project: Path) -> None:
    (project / ".venv").symlink_to(BIN.parent)

    assert hooks(project) == {
        "the spec has no findings": "Passed",
        "diagrams/ and generated/ are what the spec says": "Passed",
        "diagrams in other files are what the spec says": "Passed",
    }


def acted(project: Path, temporary: Path, base: str = "", **inputs: str) -> composite.Ran:
    """The action in a project, of a pull request that goes into the branch `base`."""
    temporary.mkdir(exist_ok=True)
    environment = {**ENVIRONMENT, "HOME": str(project), "GITHUB_BASE_REF": base}
    return composite.run(ACTION, project, temporary, inputs, environment)


@pytest.mark.parametrize(
    ("kind", "path"), [("actions", ACTION), ("workflows", TEMPLATES / "workflow.yml")]
)
def test_the_action_and_the_workflow_are_as_their_schemas_say(kind: str, path: Path) -> None:
    published = resources.files("check_jsonschema") / "builtin_schemas/vendor"
    schema = json.loads((published / f"github-{kind}.json").read_text())

    text = path.read_text()
    described: object = YAML(typ="safe", pure=True).load(text)  # pyright: ignore[reportUnknownMemberType] -- typed in part

    jsonschema_rs.validate(schema, described)


def test_a_new_project_gets_the_action_of_this_repository() -> None:
    assert (TEMPLATES / "action.yml").read_text() == ACTION.read_text()


def test_inputs_reach_the_shell_only_as_variables() -> None:
    steps = yaml.safe_load(ACTION.read_text())["runs"]["steps"]

    assert [step["name"] for step in steps if "${{" in step["run"]] == []


def test_the_action_is_silent_about_a_project_without_mistakes(
    project: Path, tmp_path: Path
) -> None:
    done = acted(project, tmp_path / "t", inject="README.md", sarif="found.sarif")

    assert done.outcomes == {
        "Install": "success",
        "Check": "success",
        "Drift": "success",
        "Base": "success",
        "Changes": "skipped",  # there is nothing to compare with
        "Breaks": "skipped",
    }
    assert commands(done.output) == []
    assert done.outputs == {"sarif": f"{project}/found.sarif"}


def test_the_action_annotates_what_is_wrong(project: Path, tmp_path: Path) -> None:
    change(project, "Leave: Left", "Leave: Lef")

    done = acted(project, tmp_path / "t")

    assert (done.outcomes["Check"], done.outcomes["Drift"]) == ("failure", "skipped")
    assert commands(done.output) == [
        Command(
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
    ]
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


def test_the_action_tells_of_a_marker_that_means_nothing(project: Path, tmp_path: Path) -> None:
    change(project, "view=happy", "view=hapy", path="README.md")

    done = acted(project, tmp_path / "t", inject="README.md")

    assert done.outcomes["Drift"] == "failure"
    assert commands(done.output) == []
    assert "README.md:6:38: error[INJ004] no view `hapy`" in done.output.splitlines()


def test_a_pull_request_is_compared_with_what_it_goes_into(made: Path, tmp_path: Path) -> None:
    project = tmp_path / "clone"
    ran("git", "clone", "-q", "--depth", "1", f"file://{made}", str(project), cwd=tmp_path)
    ran("git", "checkout", "-q", "-b", "topic", cwd=project)
    ran("git", "update-ref", "-d", "refs/remotes/origin/main", cwd=project)
    change(project, "Leave: Left", "Leave: {to: Left, reply: Error}")

    done = acted(project, tmp_path / "t", base="main")

    assert done.outcomes["Breaks"] == "failure"
    told = commands(done.output)[-1]
    assert (told.name, told.properties["line"], told.properties["title"]) == (
        "error",
        "45",
        "BRB003",
    )
    assert [line for line in done.summary.splitlines() if line.startswith("#")] == [
        "### Specs",
        "### Out of date",
        "### `book`: 1 changed (behaviour); 1 of 18 cells of the tables differ",
        "## `book`: versions do not meet everywhere (2 pairs of situations searched)",
    ]


def test_a_warning_fails_where_that_is_the_level(project: Path, tmp_path: Path) -> None:
    entry = "{protocol: book, code: BRS005, element: machine, reason: it is only a warning}"
    (project / "breaking.yaml").write_text(f"ignore:\n  - {entry}\n")

    done = acted(project, tmp_path / "t", against="HEAD", level="warning")

    assert commands(done.output)[0].properties["title"] == "BRI001"
    assert done.outcomes["Breaks"] == "failure"


RECORDED = """\
#!/bin/bash
echo "$0 $*" >> "$RUNNER_TEMP/called"
if [ "$2" = venv ]; then
  mkdir -p "$3/bin"
  cp "$0" "$3/bin/python"
  printf '#!/bin/bash\\necho installed\\n' > "$3/bin/wirechart"
  chmod +x "$3/bin/wirechart"
fi
"""


@pytest.mark.parametrize(
    ("inputs", "installed"), [({}, str(ROOT)), ({"install": "wirechart==9"}, "wirechart==9")]
)
def test_the_action_installs_where_there_is_no_wirechart(
    inputs: dict[str, str], installed: str, tmp_path: Path
) -> None:
    tools, temporary = tmp_path / "tools", tmp_path / "t"
    tools.mkdir()
    temporary.mkdir()
    for name in ("bash", "cat", "chmod", "cp", "mkdir", "realpath", "sed"):
        (tools / name).symlink_to(str(shutil.which(name)))
    (tools / "python3").write_text(RECORDED)
    (tools / "python3").chmod(0o755)

    done = composite.run(ACTION, tmp_path, temporary, inputs, {"PATH": str(tools)})

    assert (done.outcomes["Install"], done.path) == ("success", [f"{temporary}/wirechart/bin"])
    assert (temporary / "called").read_text().splitlines() == [
        f"{tools}/python3 -m venv {temporary}/wirechart",
        f"{temporary}/wirechart/bin/python -m pip install --quiet {installed}",
    ]
    assert (temporary / "wirechart.sarif").read_text() == "installed\n"


def test_breaks_as_sarif_are_as_its_published_schema_says(project: Path) -> None:
    change(project, "Leave: Left", "Leave: {to: Left, reply: Error}")

    code, said = ran("wirechart", "breaking", "--against", "HEAD", "--format", "sarif", cwd=project)

    log = json.loads(said)
    assert (code, [each["ruleId"] for each in log["runs"][0]["results"]]) == (1, ["BRB003"])
    sarif.published().validate(log)
