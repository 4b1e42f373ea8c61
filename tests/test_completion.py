"""What shells complete: asked as they ask, and once in a real bash, with a real tab."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gits import git
from terminals import Terminal
from wirechart import commands

ROOT = Path(__file__).parent.parent
Asked = Callable[..., list[str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the flagship's spec, and another file."""
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/link.yaml").write_text((ROOT / "spec/ch-migration.yaml").read_text())
    (tmp_path / "notes.md").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Asked:
    """What is offered behind `wirechart` and these words, the last one being written."""

    def offered(*words: str) -> list[str]:
        monkeypatch.setenv("_WIRECHART_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", "\n".join(("wirechart", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        code = commands.run([])
        said = capsys.readouterr()
        assert (code, said.err) == (0, "")
        return said.out.split()

    return offered


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("si",), ["plain,simulate"]),
        (("check", ""), ["plain,spec/link.yaml"]),
        (("check", "spec/"), ["plain,spec/link.yaml"]),
        (("check", "no"), ["file,no"]),
        (("check", "--format", "s"), ["plain,sarif"]),
        (("render", "--inject", ""), ["file,"]),
        (("render", "--view", "h"), ["plain,happy"]),
        (("explain", "inj00"), [f"plain,INJ00{number}" for number in range(1, 6)]),
        (("schema", "o"), ["plain,output"]),
        (("simulate", "spec/link.yaml", "--machine", "p"), ["plain,pager", "plain,page_server"]),
        (("simulate", "--machine", "w"), ["plain,worker"]),
        (("simulate", "nothing.yaml", "--machine", ""), []),
        (("simulate", "spec/link.yaml", "--script", "n"), ["file,n"]),
        (("completion", ""), ["plain,bash", "plain,zsh", "plain,fish"]),
    ],
)
def test_a_shell_that_asks_is_told(
    words: tuple[str, ...], offered: list[str], project: Path, asked: Asked
) -> None:
    assert (asked(*words), project.exists()) == (offered, True)


def test_revisions_are_those_of_the_repository(project: Path, asked: Asked) -> None:
    outside = asked("diff", "--against", "")
    git(project, "init", "-q", "-b", "main")
    git(project, "commit", "-q", "--allow-empty", "-m", "empty")
    git(project, "tag", "v1")

    assert outside == []
    assert asked("diff", "--against", "") == ["plain,HEAD", "plain,main", "plain,v1"]
    assert asked("breaking", "--against", "m") == ["plain,main"]


def test_a_real_tab_in_a_real_bash_completes(project: Path) -> None:
    with Terminal("bash", "--norc", "--noprofile", "-i", folder=project) as bash:
        bash.type('eval "$(wirechart completion bash)"; echo re""ady\n', until="ready")
        bash.type("wirechart simu\t", until="simulate ")
        bash.type("sp\t", until="spec/link.yaml ")
        bash.type("--machine wo\t", until="worker ")
        bash.type("\x15wirechart check no\t", until="notes.md ")
