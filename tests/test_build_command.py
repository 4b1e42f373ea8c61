"""`wirechart build` and its halves, run as a program: what is written, and what stops it."""

from pathlib import Path

from guestbook import GUESTBOOK, WRONG
from shell import Done, Shell


def test_a_build_writes_and_says_what(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)

    first, second = shell.run("render"), shell.run("render")

    assert first == Done(
        0,
        """\
created diagrams/guestbook-errors.dot
created diagrams/guestbook-errors.mmd
created diagrams/guestbook-full.dot
created diagrams/guestbook-full.mmd
created diagrams/guestbook-happy.dot
created diagrams/guestbook-happy.mmd
created diagrams/guestbook.md
7 files of spec/guestbook.yaml are up to date
""",
        "",
    )
    assert second == Done(0, "7 files of spec/guestbook.yaml are up to date\n", "")


def test_render_and_generate_are_the_two_halves_of_build(shell: Shell, tmp_path: Path) -> None:
    for folder in ("whole", "halves"):
        shell.put(f"{folder}/spec/guestbook.yaml", GUESTBOOK)
    whole, halves = Shell(tmp_path / "whole"), Shell(tmp_path / "halves")

    whole.run("build")
    halves.run("render")
    halves.run("generate")

    assert halves.run("build", "--check") == Done(0, "", "")
    assert sorted(p.name for p in (tmp_path / "halves").rglob("*.*")) == sorted(
        p.name for p in (tmp_path / "whole").rglob("*.*")
    )


def test_one_view_leaves_the_others_alone(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)
    shell.run("render")
    (shell.folder / "diagrams/guestbook-happy.mmd").unlink()
    (shell.folder / "diagrams/guestbook-full.mmd").unlink()

    done = shell.run("render", "--view", "happy")

    assert done.out == (
        "created diagrams/guestbook-happy.mmd\n2 files of spec/guestbook.yaml are up to date\n"
    )
    assert not (shell.folder / "diagrams/guestbook-full.mmd").exists()


def test_pictures_are_drawn_by_dot_and_outlive_a_build(shell: Shell, dot: str) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)

    done = shell.run("render", "--view", "happy", "--svg", "--png")
    shell.run("build")

    assert done.code == 0, dot
    assert (shell.folder / "diagrams/guestbook-happy.svg").read_bytes()[:5] == b"<?xml"
    assert (shell.folder / "diagrams/guestbook-happy.png").read_bytes()[:4] == b"\x89PNG"


def test_without_dot_it_is_said_what_installs_it(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)

    assert shell.run("render", "--svg", environment={"PATH": "/nowhere"}) == Done(
        2,
        "",
        "wirechart: Graphviz's `dot` is not installed: apt-get install graphviz "
        "(brew install graphviz)\n",
    )
    assert not (shell.folder / "diagrams").exists()


def test_a_spec_with_errors_builds_nothing(shell: Shell) -> None:
    shell.put("spec/a.yaml", GUESTBOOK.replace("guestbook", "other"))
    shell.put("spec/guestbook.yaml", WRONG)

    done = shell.run("build")

    assert (done.code, done.out.splitlines()[-1]) == (1, "2 errors in spec/guestbook.yaml")
    assert not (shell.folder / "generated").exists()


def test_drift_is_listed_and_fails(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)
    shell.run("build")
    mermaid = shell.folder / "diagrams/guestbook-happy.mmd"
    old = shell.folder / "diagrams/old.mmd"
    old.write_text(mermaid.read_text())
    mermaid.write_text(mermaid.read_text() + "edited\n")
    (shell.folder / "diagrams/guestbook.md").unlink()

    done = shell.run("build", "--check")

    assert done == Done(
        1,
        "changed diagrams/guestbook-happy.mmd\n"
        "missing diagrams/guestbook.md\n"
        "stale diagrams/old.mmd\n",
        "",
    )
    assert old.exists()


def test_a_diff_shows_how_files_would_change(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)
    shell.run("build")
    place = shell.folder / "diagrams/guestbook-happy.mmd"
    first, second, *rest = place.read_text().splitlines()
    place.write_text("\n".join([first, "mine", second, *rest]))

    done = shell.run("build", "--diff")

    assert (done.code, done.out.splitlines()[:6]) == (
        1,
        [
            "changed diagrams/guestbook-happy.mmd",
            "--- on disk: diagrams/guestbook-happy.mmd",
            "+++ built: diagrams/guestbook-happy.mmd",
            "@@ -1,5 +1,4 @@",
            f" {first}",
            "-mine",
        ],
    )


def test_edits_by_hand_stop_a_build_until_it_is_forced(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)
    shell.run("build")
    shell.put("diagrams/guestbook.md", "mine\n")

    refused, forced = shell.run("build"), shell.run("build", "--force")

    assert refused == Done(
        2,
        "",
        "wirechart: diagrams/guestbook.md holds edits that wirechart did not make, so nothing was "
        "written: --diff shows them, --force overwrites them\n",
    )
    assert (forced.code, forced.out.splitlines()[0]) == (0, "updated diagrams/guestbook.md")


def test_output_goes_to_the_spec_s_project_from_any_folder(shell: Shell) -> None:
    shell.put("project/spec/guestbook.yaml", GUESTBOOK)

    shell.run("render", "project/spec/guestbook.yaml")

    first = (shell.folder / "project/diagrams/guestbook.md").read_text().partition("\n")[0]
    assert "from spec/guestbook.yaml. Do not edit" in first


def test_output_can_go_to_another_folder(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)
    (shell.folder / "out").mkdir()

    done = shell.run("render", "--root", "out", "--view", "happy")

    assert done.out.splitlines()[0] == "created out/diagrams/guestbook-happy.dot"
    first = (shell.folder / "out/diagrams/guestbook-happy.dot").read_text().partition("\n")[0]
    assert "from spec/guestbook.yaml. Do not edit" in first


def test_two_specs_cannot_make_one_file(shell: Shell) -> None:
    shell.put("spec/a.yaml", GUESTBOOK)
    shell.put("spec/b.yaml", GUESTBOOK)

    done = shell.run("render")

    assert done == Done(
        2,
        "",
        "wirechart: spec/a.yaml and spec/b.yaml would both write diagrams/guestbook-errors.dot\n",
    )


def test_standard_input_cannot_be_built(shell: Shell) -> None:
    assert shell.run("build", "-", stdin=GUESTBOOK.encode()) == Done(
        2, "", "wirechart: this needs a spec with a name; standard input has none\n"
    )
