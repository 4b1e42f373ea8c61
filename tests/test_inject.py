"""`wirechart render --inject`: diagrams that stay true inside other files."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from injecting import HAPPY, Run, marked, project
from random_specs import specs
from wirechart import blocks, commands, files
from wirechart.blocks import Request
from wirechart.diagnostics import Span
from wirechart.files import Change, OutputError
from wirechart.markers import Word
from wirechart.model import Spec

ROOT = Path(__file__).parent.parent
MATRIX = """\

| state | `Hello` | `Block` | `End` |
| --- | --- | --- | --- |
| `Waiting` | → `Ready` if `message.version == 1`<br>· | · | · |
| `Ready` | · | stay | → `Done` |

The reply is `Ok` unless another one is named. · is refused. \
Of several cases the first that holds counts.

"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return project(tmp_path, monkeypatch, capsys)


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


def test_files_without_a_block_are_fine(run: Run) -> None:
    Path("a").write_bytes(b"\xff binary")
    Path("b").write_text("nothing\n")

    assert run("a", "b") == (0, "no block in 2 files\n", "")


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
