"""`wirechart render --inject`: what is wrong with a marker, a spec or a call."""

from pathlib import Path

import pytest

from injecting import HAPPY, LINK, Run, marked, project


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return project(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            "",
            (
                "a:1:3: error[INJ003] the marker names no spec\n  |\n"
                "1 | # wirechart: begin\n  |   ^^^^^^^^^^^^^^^^\n"
                "  = help: write its path: `wirechart: begin spec/link.yaml`\n"
            ),
        ),
        (
            "spec/link.yaml spec/b.yaml",
            (
                "a:1:35: error[INJ003] `spec/b.yaml` is one word too many\n  |\n"
                "1 | # wirechart: begin spec/link.yaml spec/b.yaml\n"
                "  |                                   ^^^^^^^^^^^\n"
                "  = help: a marker names one spec; all else is `key=value`\n"
            ),
        ),
        (
            "spec/lnk.yaml",
            (
                "a:1:20: error[INJ004] no spec `spec/lnk.yaml` here, or in a folder above\n  |\n"
                "1 | # wirechart: begin spec/lnk.yaml\n"
                "  |                    ^^^^^^^^^^^^^ did you mean `spec/link.yaml`?\n"
            ),
        ),
        (
            "./lnk.yaml",
            (
                "a:1:20: error[INJ004] no spec `./lnk.yaml` beside this file\n  |\n"
                "1 | # wirechart: begin ./lnk.yaml\n"
                "  |                    ^^^^^^^^^^ did you mean `spec/link.yaml`?\n"
            ),
        ),
        (
            "/spec/link.yaml",
            (
                "a:1:20: error[INJ004] `/spec/link.yaml` is a path of one machine\n  |\n"
                "1 | # wirechart: begin /spec/link.yaml\n"
                "  |                    ^^^^^^^^^^^^^^^\n"
                "  = help: write it relative to the folder of this file, or to one above it\n"
            ),
        ),
        (
            "spec/link.yaml veiw=full",
            (
                "a:1:35: error[INJ003] a marker has no `veiw`\n  |\n"
                "1 | # wirechart: begin spec/link.yaml veiw=full\n"
                "  |                                   ^^^^^^^^^ did you mean `view`?\n"
            ),
        ),
        (
            "spec/link.yaml view=full view=happy",
            (
                "a:1:35: error[INJ003] `view` is said twice\n  |\n"
                "1 | # wirechart: begin spec/link.yaml view=full view=happy\n"
                "  |                                   ^^^^^^^^^\n"
                "  = help: remove one of the two\n"
            ),
        ),
        (
            "spec/link.yaml view=hapy",
            (
                "a:1:35: error[INJ004] no view `hapy`\n  |\n"
                "1 | # wirechart: begin spec/link.yaml view=hapy\n"
                "  |                                   ^^^^^^^^^ did you mean `happy`?\n"
            ),
        ),
        (
            "spec/link.yaml machine=sorce",
            (
                "a:1:35: error[INJ004] no machine `sorce`\n  |\n"
                "1 | # wirechart: begin spec/link.yaml machine=sorce\n"
                "  |                                   ^^^^^^^^^^^^^ did you mean `source`?\n"
            ),
        ),
        (
            "spec/link.yaml scenario=plian",
            (
                "a:1:35: error[INJ004] no scenario `plian`\n  |\n"
                "1 | # wirechart: begin spec/link.yaml scenario=plian\n"
                "  |                                   ^^^^^^^^^^^^^^ did you mean `plain`?\n"
            ),
        ),
        (
            "spec/link.yaml form=svg",
            (
                "a:1:35: error[INJ004] no form `svg`\n  |\n"
                "1 | # wirechart: begin spec/link.yaml form=svg\n"
                "  |                                   ^^^^^^^^\n"
                "  = help: known: `dot`, `matrix`, `mermaid`\n"
            ),
        ),
        (
            "spec/link.yaml scenario=plain view=full",
            (
                "a:1:50: error[INJ003] a scenario has no view\n  |\n"
                "1 | # wirechart: begin spec/link.yaml scenario=plain view=full\n"
                "  |                                                  ^^^^^^^^^\n"
                "  = help: it is a sequence of all machines, drawn by Mermaid\n"
            ),
        ),
        (
            "spec/link.yaml form=matrix view=full",
            (
                "a:1:47: error[INJ003] a matrix has no view\n  |\n"
                "1 | # wirechart: begin spec/link.yaml form=matrix view=full\n"
                "  |                                               ^^^^^^^^^\n"
                "  = help: it shows every state and message; remove `view`\n"
            ),
        ),
    ],
)
def test_what_a_marker_cannot_mean_is_found_at_its_word(run: Run, asked: str, said: str) -> None:
    before = marked("# ", asked).replace("begin \n", "begin\n")
    Path("a").write_text(before)

    assert run("a") == (1, f"{said}\n1 error in a\n", "")
    assert Path("a").read_text() == before


def test_a_spec_that_has_nothing_of_a_kind_says_so(run: Run) -> None:
    Path("spec/link.yaml").write_text(LINK)
    Path("a").write_text(marked("", "spec/link.yaml machine=source"))

    assert run("a")[1].splitlines()[4] == "  = help: the spec has none; remove `machine`"


def test_everything_is_found_in_one_run_and_nothing_is_written(run: Run) -> None:
    good = marked("", "spec/link.yaml")
    Path("good").write_text(good)
    Path("bad").write_bytes(
        (marked("", "spec/link.yaml view=x") + marked("", "x.yaml")).replace("\n", "\r\n").encode()
    )
    Path("worse").write_text("# wirechart: end\n")

    code, out, err = run("good", "bad", "worse")

    assert [line for line in out.splitlines() if "error[" in line] == [
        "bad:1:33: error[INJ004] no view `x`",
        "bad:3:18: error[INJ004] no spec `x.yaml` here, or in a folder above",
        "worse:1:3: error[INJ002] no block begins before this",
    ]
    assert (code, out.splitlines()[-1], err) == (1, "3 errors in 2 files", "")
    assert Path("good").read_text() == good


def test_a_spec_with_errors_is_drawn_nowhere(run: Run) -> None:
    Path("spec/link.yaml").write_text(LINK.replace("End: Done", "End: Don"))
    Path("a").write_text(marked("", "spec/link.yaml"))

    code, out, _ = run("a")

    assert (code, out.splitlines()[0]) == (
        1,
        "spec/link.yaml:31:40: error[REF001] `Don` is not a state",
    )
    assert Path("a").read_text() == marked("", "spec/link.yaml")


def test_a_text_of_one_s_own_is_replaced_only_by_force(run: Run) -> None:
    Path("a").write_text(marked("# ", "spec/link.yaml", "mine\n"))

    assert run("a") == (
        1,
        """\
a:1:3: error[INJ005] the block holds another text than one that is drawn
  |
1 | # wirechart: begin spec/link.yaml
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: move it out of the block, or add a missing marker; --force replaces it

1 error in a
""",
        "",
    )
    assert run("--force", "a")[0] == 0
    assert Path("a").read_text() == marked("# ", "spec/link.yaml", HAPPY)


@pytest.mark.parametrize(
    ("content", "words", "said"),
    [
        (b"wirechart: begin \xff", ("a",), "a is not UTF-8; nothing was written"),
        (b"", ("b",), "cannot read b: No such file or directory"),
        (b"", ("spec",), "cannot read spec: Is a directory"),
        (b"", (), "--inject needs files: wirechart render --inject README.md"),
    ],
)
def test_what_cannot_be_read_is_told(
    run: Run, content: bytes, words: tuple[str, ...], said: str
) -> None:
    Path("a").write_bytes(content)

    assert run(*words) == (2, "", f"wirechart: {said}\n")


@pytest.mark.parametrize("option", ["--svg", "--png", "--view=full", "--root=."])
def test_options_of_other_files_are_refused(run: Run, option: str) -> None:
    assert run(option, "a") == (
        2,
        "",
        (
            "wirechart render: --inject draws what the markers say, where they stand "
            "(`wirechart render --help` says more)\n"
        ),
    )
