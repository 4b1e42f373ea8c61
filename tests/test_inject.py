"""`wirechart render --inject`: diagrams that stay true inside other files."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawing import LINK as TOLERANT
from random_specs import specs
from wirechart import blocks, commands, files
from wirechart.blocks import Request
from wirechart.diagnostics import Span
from wirechart.files import Change, OutputError
from wirechart.markers import Word
from wirechart.model import Spec

ROOT = Path(__file__).parent.parent
LINK = TOLERANT.replace("      on_refused: {reply: Error, to: stay}\n", "")
HAPPY = """\
```mermaid
stateDiagram-v2
  direction TB
  state "Waiting" as s_Waiting
  [*] --> s_Waiting
  state "Ready" as s_Ready
  state "✓ Done" as s_Done
  s_Waiting --> s_Ready: Hello
  s_Ready --> s_Ready: Block
  s_Ready --> s_Done: End
  s_Done --> [*]
  classDef success fill:#e6f4ea,stroke:#1e7e34,stroke-width:3px,color:#10301a
  class s_Done success
```
"""
MATRIX = """\

| state | `Hello` | `Block` | `End` |
| --- | --- | --- | --- |
| `Waiting` | → `Ready` if `message.version == 1`<br>· | · | · |
| `Ready` | · | stay | → `Done` |

The reply is `Ok` unless another one is named. · is refused. \
Of several cases the first that holds counts.

"""
MACHINES = """\
machines:
  source:
    role: sender
    initial: Asking
    states:
      Asking:
        otherwise: {to: Failed}
        on_eof: {to: Failed}
        on_idle: {after: limits.idle, to: Failed}
        on: {Hello: stay, Block: stay, End: Done}
      Done: {final: success}
      Failed: {data: {cause: cause}, final: failure}
scenarios:
  plain: [Hello, End]
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`wirechart render --inject` with these arguments, in a project that has spec/link.yaml."""
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/link.yaml").write_text(LINK + MACHINES)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)

    def inject(*words: str) -> tuple[int, str, str]:
        code = commands.run(["render", "--inject", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return inject


def marked(prefix: str, asked: str, inside: str = "", suffix: str = "") -> str:
    """A block in a file."""
    lines = (f"{prefix}{line}{suffix}".rstrip() for line in inside.splitlines())
    body = "".join(f"{line}\n" for line in lines)
    return f"{prefix}wirechart: begin {asked}{suffix}\n{body}{prefix}wirechart: end{suffix}\n"


@pytest.mark.parametrize("prefix", ["", "/// ", "//! ", "// ", " * ", "    ", "# ", "> "])
def test_a_block_is_drawn_behind_its_comment_s_signs(run: Run, prefix: str) -> None:
    Path("a").write_text("before\n" + marked(prefix, "spec/link.yaml") + "behind\n")

    assert run("a") == (0, "updated a\n1 block in 1 file is up to date\n", "")
    assert Path("a").read_text() == (
        "before\n" + marked(prefix, "spec/link.yaml", HAPPY) + "behind\n"
    )


def test_each_line_is_a_comment_where_the_marker_s_is(run: Run) -> None:
    Path("a.c").write_text(marked("/* ", "spec/link.yaml form=matrix", "", " */"))

    run("a.c")

    assert Path("a.c").read_text() == marked("/* ", "spec/link.yaml form=matrix", MATRIX, " */")


def first_lines(text: str) -> list[str]:
    return text.splitlines()[1:3]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("view=errors", ["```mermaid", "stateDiagram-v2"]),
        ("form=dot", ["```dot", 'digraph "link: happy" {']),
        ("view=full form=dot", ["```dot", 'digraph "link: full" {']),
        ("machine=source form=dot", ["```dot", 'digraph "link-source: happy" {']),
        ("machine=source form=matrix", ["", "| state | `Hello` | `Block` | `End` |"]),
        ("scenario=plain", ["```mermaid", "sequenceDiagram"]),
    ],
)
def test_the_marker_says_what_is_drawn(run: Run, asked: str, first: list[str]) -> None:
    Path("a").write_text(marked("", f"spec/link.yaml {asked}"))

    assert (run("a")[0], first_lines(Path("a").read_text())) == (0, first)


def test_the_view_is_the_one_that_was_asked_for(run: Run) -> None:
    Path("a").write_text(marked("", "spec/link.yaml view=full"))
    run("a")
    commands.run(["render", "--view", "full"])

    drawn = Path("diagrams/link-full.mmd").read_text().partition("\n")[2]
    assert Path("a").read_text() == marked(
        "", "spec/link.yaml view=full", f"```mermaid\n{drawn}```\n"
    )


@pytest.mark.parametrize(
    ("host", "spec"),
    [
        ("README.md", "spec/link.yaml"),
        ("src/deep/link.rs", "spec/link.yaml"),
        ("src/deep/link.rs", "../../spec/link.yaml"),
        ("spec/README.md", "link.yaml"),
        ("spec/README.md", "./link.yaml"),
    ],
)
def test_a_path_is_relative_to_the_file_or_to_a_folder_above(
    run: Run, host: str, spec: str
) -> None:
    Path(host).parent.mkdir(parents=True, exist_ok=True)
    Path(host).write_text(marked("", spec))

    assert run(host)[0] == 0


def test_what_lies_above_the_repository_is_not_seen(run: Run) -> None:
    Path("inner/.git").mkdir(parents=True)
    Path("inner/a").write_text(marked("", "spec/link.yaml"))

    assert run("inner/a")[1].splitlines()[0] == (
        "inner/a:1:18: error[INJ004] no spec `spec/link.yaml` here, or in a folder above"
    )


def test_the_line_ends_the_mark_and_the_rights_of_a_file_stay(run: Run) -> None:
    text = ("\ufeff" + marked("# ", "spec/link.yaml")).replace("\n", "\r\n") + "last"
    Path("a").write_bytes(text.encode())
    Path("a").chmod(0o750)

    run("a")

    after = ("\ufeff" + marked("# ", "spec/link.yaml", HAPPY)).replace("\n", "\r\n") + "last"
    assert Path("a").read_bytes() == after.encode()
    assert Path("a").stat().st_mode & 0o777 == 0o750


def test_a_link_stays_a_link(run: Run) -> None:
    Path("docs").mkdir()
    Path("docs/a").write_text(marked("", "spec/link.yaml"))
    Path("a").symlink_to("docs/a")

    run("a")

    assert Path("a").is_symlink()
    assert Path("docs/a").read_text() == marked("", "spec/link.yaml", HAPPY)


def test_what_is_up_to_date_is_not_written(run: Run) -> None:
    Path("a").write_text(marked("", "spec/link.yaml", HAPPY))
    before = Path("a").stat()

    assert run("a") == (0, "1 block in 1 file is up to date\n", "")
    after = Path("a").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_drift_is_listed_and_fails(run: Run) -> None:
    Path("a").write_text(marked("", "spec/link.yaml", HAPPY.replace("Hello", "Hi")))
    Path("b").write_text(marked("", "spec/link.yaml", HAPPY))

    assert run("--check", "a", "b") == (1, "changed a\n", "")
    assert "Hi" in Path("a").read_text()
    assert run("--check", "b") == (0, "", "")


def test_a_diff_shows_how_a_file_would_change(run: Run) -> None:
    Path("a").write_text(marked("# ", "spec/link.yaml", HAPPY.replace("Hello", "Hi")))

    assert run("--diff", "a") == (
        1,
        """\
changed a
--- on disk: a
+++ built: a
@@ -6,7 +6,7 @@
 #   [*] --> s_Waiting
 #   state "Ready" as s_Ready
 #   state "✓ Done" as s_Done
-#   s_Waiting --> s_Ready: Hi
+#   s_Waiting --> s_Ready: Hello
 #   s_Ready --> s_Ready: Block
 #   s_Ready --> s_Done: End
 #   s_Done --> [*]
""",
        "",
    )


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


def test_files_without_a_block_are_fine(run: Run) -> None:
    Path("a").write_bytes(b"\xff binary")
    Path("b").write_text("nothing\n")

    assert run("a", "b") == (0, "no block in 2 files\n", "")


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


def test_a_file_that_changes_in_the_meantime_is_left_alone(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("old")
    other.write_text("somebody's")
    changes = [Change(str(place), "changed", b"old", b"new") for place in (one, other)]

    with pytest.raises(OutputError, match="other has just been changed; nothing was written"):
        files.rewrite(tuple(changes))

    assert (one.read_text(), sorted(tmp_path.iterdir())) == ("old", [one, other])


ENDS = ("*/", "/*", '"""', "'''", "\r", "\x0b", "\x0c", "\u2028")  # of comments, strings, lines


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=25)
@given(specs(), st.sampled_from(["happy", "full", "errors"]), st.sampled_from(list(blocks.DRAWN)))
def test_nothing_that_is_drawn_ends_a_comment_or_a_line(spec: Spec, view: str, form: str) -> None:
    said = Span(1, 1, 1, 2)
    asked = {"view": Word(f"view={view}", said), "form": Word(f"form={form}", said)}

    text = blocks.draw(Request(Word("spec/x.yaml", said), asked), spec)

    assert [line for line in text if any(end in line for end in ENDS)] == []


def test_the_files_that_make_draws_in_are_up_to_date() -> None:
    [named] = re.findall(r"^INJECTED := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    files = named.split()
    done = subprocess.run(
        [sys.executable, "-m", "wirechart", "render", "--inject", "--diff", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert files == ["README.md", "examples/rust/destination.rs"]
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
