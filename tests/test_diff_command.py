"""`wirechart diff` as a program: places, formats, exit codes."""

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import jsonschema_rs
import pytest

from drawing import LINK
from gits import git
from shell import Done, Shell

CHANGED = LINK.replace("on_eof: {to: Failed}", "on_eof: {to: Done}").replace(
    "Ready: {on: {Block: stay, End: Done}}", "Ready: {on: {Block: {to: stay, reply: Error}}}"
)
TOLD = """\
link: a.yaml → b.yaml: 1 removed, 2 changed (behaviour); 4 of 18 cells of the tables differ
behaviour
  ~ Open on_eof: to Failed → Done
      in Waiting, Ready
      a.yaml:28:7 → b.yaml:28:7
  ~ Ready on Block: reply Ok → Error
      a.yaml:32:22 → b.yaml:32:22
  - Ready on End: to Done
      a.yaml:32:35
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Two specs, of which the second changed."""
    shell = Shell(tmp_path)
    shell.put("a.yaml", LINK)
    shell.put("b.yaml", CHANGED)
    return shell


def test_a_difference_is_printed_and_the_exit_code_is_one(shell: Shell) -> None:
    assert shell.run("diff", "a.yaml", "b.yaml") == Done(1, TOLD, "")


def test_without_a_difference_the_exit_code_is_zero(shell: Shell) -> None:
    shell.put("c.yaml", f"# another comment\n{LINK}")

    assert shell.run("diff", "a.yaml", "c.yaml") == Done(
        0, "link: a.yaml → c.yaml: no difference\n", ""
    )


def test_the_exit_code_can_be_zero_for_a_pull_requests_comment(shell: Shell) -> None:
    assert shell.run("diff", "a.yaml", "b.yaml", "--exit-zero") == Done(0, TOLD, "")


def test_on_a_terminal_signs_stay_beside_colors(shell: Shell) -> None:
    out = shell.run("diff", "a.yaml", "b.yaml", "--color", "always").out

    assert re.sub("\x1b\\[[0-9;]*m", "", out) == TOLD
    assert "\x1b[33m~ Ready on Block: reply Ok → Error\x1b[0m" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a.yaml",), "wirechart: not in a git repository, so there are no revisions"),
        (("a.yaml", "b.yaml", "c.yaml"), "wirechart diff: name OLD and NEW, or a revision with"),
        (("a.yaml", "x.yaml"), "wirechart: no file x.yaml, and not in a git repository"),
        (
            ("a.yaml", "bad.yaml"),
            "wirechart: bad.yaml:1:1: error[STR002] the spec has no `protocol`",
        ),
    ],
)
def test_what_cannot_be_compared_is_said_and_the_exit_code_is_two(
    shell: Shell, words: tuple[str, ...], said: str
) -> None:
    shell.put("bad.yaml", "wirechart: 2\n")

    done = shell.run(
        "diff", *words, environment={"GIT_CEILING_DIRECTORIES": str(shell.folder.parent)}
    )

    assert (done.code, done.out, done.err[: len(said)]) == (2, "", said)


def test_against_a_revision_every_spec_is_compared(shell: Shell) -> None:
    git(shell.folder, "init", "--quiet", "--initial-branch=main")
    shell.put("spec/a.yaml", LINK)
    shell.put("spec/gone.yaml", LINK.replace("link", "gone"))
    git(shell.folder, "add", ".")
    git(shell.folder, "commit", "--quiet", "-m", "one")
    shell.put("spec/a.yaml", CHANGED)
    (shell.folder / "spec/gone.yaml").rename(shell.folder / "gone.yaml")
    shell.put("spec/new.yaml", LINK.replace("link", "new"))

    done = shell.run("diff", "--against", "main")

    assert (done.code, done.err) == (1, "")
    assert [line.partition(";")[0] for line in done.out.splitlines() if line[:1].isalpha()] == [
        "link: main:spec/a.yaml → spec/a.yaml: 1 removed, 2 changed (behaviour)",
        "behaviour",
        "new: spec/new.yaml: 1 added",
        "bytes",
        "gone: main:spec/gone.yaml: 1 removed",
        "bytes",
    ]


@pytest.mark.parametrize("words", [(), ("spec/a.yaml",), ("HEAD",), ("--against", "HEAD")])
def test_as_with_git_what_is_here_is_compared_with_a_revision(
    shell: Shell, words: tuple[str, ...]
) -> None:
    git(shell.folder, "init", "--quiet")
    shell.put("spec/a.yaml", LINK)
    git(shell.folder, "add", ".")
    git(shell.folder, "commit", "--quiet", "-m", "one")
    shell.put("spec/a.yaml", CHANGED)

    told = TOLD.replace("a.yaml", "HEAD:spec/a.yaml").replace("b.yaml", "spec/a.yaml")
    assert shell.run("diff", *words) == Done(1, told, "")


def test_json_is_what_its_schema_says(shell: Shell) -> None:
    schema = json.loads(shell.run("schema", "diff").out)
    jsonschema_rs.meta.validate(schema)

    found = json.loads(shell.run("diff", "a.yaml", "b.yaml", "--format", "json").out)

    jsonschema_rs.validate(schema, found)
    (protocol,) = found["protocols"]
    assert (found["version"], found["different"], protocol["old"], protocol["new"]) == (
        1,
        True,
        "a.yaml",
        "b.yaml",
    )
    assert protocol["changes"][1] == {
        "change": "changed",
        "area": "behaviour",
        "kind": "reaction",
        "path": "machine.Open.Ready.on.Block",
        "subject": "Ready on Block",
        "text": "",
        "details": [{"what": "reply", "old": "Ok", "new": "Error"}],
        "states": ["Ready"],
        "silent": False,
        "old": {"path": "a.yaml", "line": 32, "column": 22},
        "new": {"path": "b.yaml", "line": 32, "column": 22},
    }
    assert protocol["cells"][1] == {
        "machine": "",
        "state": "Ready",
        "event": "Block",
        "old": [{"if": [], "to": "Ready", "reply": "Ok", "handled": True}],
        "new": [{"if": [], "to": "Ready", "reply": "Error", "handled": True}],
    }


def test_json_of_protocols_that_are_new_or_gone_is_what_its_schema_says(shell: Shell) -> None:
    shell.put("one/x.yaml", LINK)
    shell.put("one/y.yaml", LINK.replace("link", "same"))
    shell.put("two/x.yaml", LINK.replace("link", "other"))
    shell.put("two/y.yaml", LINK.replace("link", "same"))
    schema = json.loads(shell.run("schema", "diff").out)

    found = json.loads(shell.run("diff", "one", "two", "--format", "json").out)

    jsonschema_rs.validate(schema, found)
    assert [(p["protocol"], p["old"], p["new"]) for p in found["protocols"]] == [
        ("other", None, "two/x.yaml"),
        ("same", "one/y.yaml", "two/y.yaml"),
        ("link", "one/x.yaml", None),
    ]


def test_markdown_is_a_comment_for_a_pull_request(shell: Shell) -> None:
    assert shell.run("diff", "a.yaml", "b.yaml", "--format", "markdown").out == (
        """\
### `link`: 1 removed, 2 changed (behaviour); 4 of 18 cells of the tables differ

`a.yaml` → `b.yaml`

**behaviour**

- `~` Open on\\_eof: to `Failed` → `Done` (in `Waiting`, `Ready`), line 28
- `~` Ready on Block: reply `Ok` → `Error`, line 32
- `−` Ready on End: to Done, was line 32

```mermaid
flowchart TB
  begin(("#160;"))
  subgraph s_Open["Open"]
    s_Waiting("Waiting")
    s_Ready("Ready")
    any_Open("any state")
  end
  s_Done("#10003; Done")
  s_Failed("#10007; Failed")
  begin --> s_Waiting
  s_Waiting -->|"Hello"| s_Ready
  any_Open -->|"#8722; end of stream"| s_Failed
  any_Open ==>|"#43;#32;end of stream"| s_Done
  s_Ready -->|"#8722; Block / Ok<br/>#43;#32;Block / Error"| s_Ready
  s_Ready -.->|"#8722; End / Ok"| s_Done
  linkStyle 0,1 stroke:#8a8fa3,stroke-width:1px,color:#57606a
  linkStyle 3 stroke:#1a7f37,stroke-width:3px,color:#1a7f37
  linkStyle 5 stroke:#cf222e,stroke-width:2px,color:#cf222e
  linkStyle 2,4 stroke:#9a6700,stroke-width:2px,color:#7d4e00
  classDef kept fill:#f6f8fa,stroke:#8a8fa3,color:#24292f
  class s_Open,s_Waiting,s_Ready,s_Done,s_Failed kept
  classDef any fill:#ffffff,stroke:#8a8fa3,stroke-dasharray:2 3,color:#57606a
  class any_Open any
```

In the picture `+` on a thick line is new, `−` on a dotted one is gone; \
a plain line with either, and a state with `~`, is changed. Grey is as it was.

<details>
<summary>4 cells differ in the table</summary>

| state | Block | End | end of stream |
| --- | --- | --- | --- |
| `Waiting` | · | · | − `→ Failed`<br>+ `→ Done` |
| `Ready` | − `stay / Ok`<br>+ `stay / Error` | \
− `→ Done / Ok`<br>+ `stay / Error` | − `→ Failed`<br>+ `→ Done` |

</details>
"""
    )


class Outside(HTMLParser):
    """What a page would load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [str(value) for name, value in attrs if name in ("src", "href")]


def test_html_is_one_page_that_loads_nothing(shell: Shell, dot: str) -> None:
    page = Outside()

    page.feed(shell.run("diff", "a.yaml", "b.yaml", "--format", "html").out)

    assert dot
    assert (page.found, "script" in page.tags, "link" in page.tags) == ([], False, False)
    assert {"svg", "table", "style"} <= page.tags


def test_without_graphviz_html_has_its_tables(shell: Shell, tmp_path: Path) -> None:
    page = Outside()

    done = shell.run(
        *("diff", "a.yaml", "b.yaml", "--format", "html"), environment={"PATH": str(tmp_path)}
    )
    page.feed(done.out)

    assert (done.code, done.err) == (1, "")
    assert ("svg" in page.tags, "table" in page.tags) == (False, True)
    assert "Graphviz&#39;s `dot` is not installed. The tables below say the same." in done.out


def test_what_a_spec_says_stays_text_in_a_page(shell: Shell) -> None:
    shell.put("c.yaml", LINK.replace("doc: A sender", "doc: <script>alert(1)</script> A sender"))
    page = Outside()

    page.feed(shell.run("diff", "a.yaml", "c.yaml", "--format", "html").out)

    assert "script" not in page.tags


def test_a_spec_in_which_a_name_means_nothing_is_compared_and_not_drawn(shell: Shell) -> None:
    shell.put("c.yaml", LINK.replace("End: Done}", "End: Dome}"))

    done = shell.run("diff", "c.yaml", "b.yaml", "--format", "markdown")

    assert (done.code, done.out.count("mermaid")) == (1, 0)
    assert "\nNot drawn: c.yaml:32: \\`Dome\\` is not a state.\n" in done.out


def test_the_pictures_alone_are_for_other_tools(shell: Shell, dot: str) -> None:
    flowchart = shell.run("diff", "a.yaml", "b.yaml", "--format", "mermaid").out
    graph = shell.run("diff", "a.yaml", "b.yaml", "--format", "dot").out
    drawn = subprocess.run(
        [dot, "-Tplain"], input=graph, text=True, capture_output=True, check=True
    )

    assert flowchart.splitlines()[:2] == ["%% link: changes", "flowchart TB"]
    assert graph.splitlines()[:2] == ["// link: changes", 'digraph "link: changes" {']
    assert drawn.stderr == ""
