"""`wirechart compat`, its formats, and the pages that a build keeps."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import jsonschema_rs
import pytest

from mermaid_edges import parse
from test_compat_wire import READER, WRITER, changed
from wirechart.commands import run
from wirechart.commands.families import families
from wirechart.commands.peers import compared
from wirechart.compat import as_html, as_json, as_markdown, as_text
from wirechart.compat.as_json import SCHEMA
from wirechart.compat.matrix import Matrix

SILENT_END = changed(
    READER, ("End: {code: 9, payload: none}", "End: {code: 9, payload: none, reply: none}")
)
OWN = changed(READER, ("protocol: reading", "protocol: link"))
SMALL = changed(READER, ("block: 64 KiB", "block: 4 KiB"), ("code: 6,", "code: 7,"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, written in (
        ("link-senders/v9", WRITER),
        ("link-senders/v10", WRITER),
        ("link-receivers/silent", SILENT_END),
        ("link-receivers/small", SMALL),
    ):
        place = tmp_path / "spec" / f"{name}.yaml"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(written)
    return tmp_path


def matrix(project: Path) -> Matrix:
    del project
    (family,) = families()
    found = compared(family)
    assert found is not None
    return found


TEXT = """\
Senders and receivers: What comes of the sender of a row with the receiver of a column.

     silent    small
v9   breaks 1  if 2,3
v10  breaks 1  if 2,3

  1  breaks: the receiver takes `End` for `End` and does not answer: the sender waits for ever
       Hello Ok, End
  2  never sends `Ping`
       Hello Ok, Ping Error: the receiver refuses `Ping` in `Open`: 6 is none of its codes
  3  `Block` at most 4 KiB of payload; `Text` at most 4 KiB of payload

One receiver in the place of another: Whoever does all that the receiver of a row takes, at the \
receiver of a column.

        silent    small
silent  -         if 1,2
small   breaks 3  -

  1  never sends `Ping`
       Hello Ok, Ping Error: the receiver refuses `Ping` in `Open`: 6 is none of its codes
  2  `Block` at most 4 KiB of payload; `Text` at most 4 KiB of payload
  3  breaks: the receiver takes `End` for `End` and does not answer: the sender waits for ever
       Hello Ok, End
"""


def test_the_table_of_a_project(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del project

    assert (run(["compat"]), capsys.readouterr().out) == (0, TEXT)


def test_a_single_pair(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del project
    words = [
        "--senders",
        "spec/link-senders/v9.yaml",
        "--receivers",
        "spec/link-receivers/small.yaml",
    ]

    code = run(["compat", *words])

    assert (code, capsys.readouterr().out) == (
        0,
        """\
Senders and receivers: What comes of the sender of a row with the receiver of a column.

    small
v9  if 1,2

  1  never sends `Ping`
       Hello Ok, Ping Error: the receiver refuses `Ping` in `Open`: 6 is none of its codes
  2  `Block` at most 4 KiB of payload; `Text` at most 4 KiB of payload
""",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--senders", "spec"],
            (
                "wirechart compat: say both --senders and --receivers, or neither "
                "(`wirechart compat --help` says more)\n"
            ),
        ),
        (
            ["--senders", "spec/none", "--receivers", "spec/link-receivers"],
            "wirechart: cannot read spec/none: No such file or directory\n",
        ),
        (
            ["--senders", "spec/link-receivers/small.yaml", "--receivers", "spec/link-receivers"],
            (
                "wirechart: spec/link-receivers/small.yaml describes no sender: it has no machine "
                "of `writer`\n"
            ),
        ),
        (
            ["--senders", "spec/link-senders/v9.yaml", "--receivers", "spec/link-senders/v9.yaml"],
            (
                "wirechart: spec/link-senders/v9.yaml describes no receiver: it has no machine of "
                "`reader`\n"
            ),
        ),
        (
            ["--senders", "gone.yaml", "--receivers", "spec/link-receivers"],
            "wirechart: cannot read gone.yaml: No such file or directory\n",
        ),
    ],
    ids=["half", "nobody", "no-sender", "no-receiver", "gone"],
)
def test_what_cannot_be_compared(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    del project

    assert (run(["compat", *words]), capsys.readouterr().err) == (2, said)


def test_without_peers_there_is_nothing_to_compare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert (run(["compat"]), capsys.readouterr().err) == (
        2,
        "wirechart: no spec/NAME-senders here, nor -receivers; say --senders and --receivers\n",
    )


def test_two_specs_of_one_name_are_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "spec" / "more").mkdir()
    (project / "spec" / "more" / "v9.yaml").write_text(WRITER)
    words = ["--senders", "spec/more", "--senders", "spec/link-senders"]

    code = run(["compat", *words, "--receivers", "spec/link-receivers"])

    assert (code, capsys.readouterr().err) == (
        2,
        "wirechart: two senders are called v9: give one of the files another name\n",
    )


def test_json_says_what_its_schema_describes(project: Path) -> None:
    written = json.loads(as_json.render(matrix(project)))

    jsonschema_rs.meta.validate(SCHEMA)
    jsonschema_rs.validate(SCHEMA, written)
    assert written["senders"]["cells"][0] == {
        "row": "v9",
        "column": "silent",
        "verdict": "breaks",
        "conditions": [],
        "proof": {
            "exchanges": [
                {
                    "connection": "",
                    "by": "sender",
                    "message": "Hello",
                    "taken": "Hello",
                    "reply": "Ok",
                    "fails": False,
                },
                {
                    "connection": "",
                    "by": "sender",
                    "message": "End",
                    "taken": "End",
                    "reply": "",
                    "fails": False,
                },
            ],
            "why": "the receiver takes `End` for `End` and does not answer: the sender waits for "
            "ever",
        },
    }


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["schema", "compat"])

    assert (code, json.loads(capsys.readouterr().out)) == (0, SCHEMA)


def test_a_page_draws_each_proof(project: Path) -> None:
    page = as_markdown.render(matrix(project), "link: who understands whom")

    assert page.split("\n\n")[:8] == [
        "# link: who understands whom",
        as_markdown.ABOUT,
        "## Senders and receivers",
        "What comes of the sender of a row with the receiver of a column.",
        (
            "|  | silent | small |\n| --- | --- | --- |\n| **v9** | ✗ S1 | if S2, S3 |\n"
            "| **v10** | ✗ S1 | if S2, S3 |"
        ),
        (
            "**S1** ✗ the receiver takes `End` for `End` and does not answer: the sender waits for "
            "ever"
        ),
        "<details>\n<summary>the shortest way there</summary>",
        (
            "```mermaid\nsequenceDiagram\n  participant sender\n  participant receiver\n"
            "  sender->>receiver: Hello\n  receiver-->>sender: Ok\n  sender->>receiver: End\n"
            "  Note over sender,receiver: ✗ the receiver takes End for End and does not answer#58; "
            "the sender waits for ever\n```"
        ),
    ]


def test_the_real_mermaid_understands_every_diagram_of_the_page() -> None:
    page = Path("diagrams/ch-compat.md").read_text(encoding="utf-8")
    diagrams = re.findall(r"^```mermaid\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)

    assert {diagram.error for diagram in parse(sorted(set(diagrams)))} == {""}


class Nesting(HTMLParser):
    """The elements that are open, and every address and script of a page."""

    VOID = ("meta",)

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.wrong += [tag] * (tag in ("script", "link", "img"))
        self.links += [value or "" for key, value in attrs if key in ("href", "src")]
        self.ids += [value or "" for key, value in attrs if key == "id"]

    def handle_endtag(self, tag: str) -> None:
        if self.open.pop() != tag:
            self.wrong.append(f"/{tag}")


def test_the_html_page_needs_nothing_else_and_every_link_leads_somewhere(project: Path) -> None:
    page = Nesting()
    page.feed(as_html.render(matrix(project), "link <1>", "made by a test"))
    page.close()

    assert (page.open, page.wrong) == ([], [])
    assert page.ids == ["S1", "S2", "S3", "R1", "R2", "R3"]
    assert {link.removeprefix("#") for link in page.links} == set(page.ids)


def test_names_are_escaped_in_html(project: Path) -> None:
    page = as_html.render(matrix(project), "link <1> & more", "made by a test")

    assert page.count("<title>link &lt;1&gt; &amp; more</title>") == 1


def test_formats_are_deterministic(project: Path) -> None:
    one, other = matrix(project), matrix(project)

    assert as_text.render(one) == as_text.render(other)
    assert as_html.render(one, "x", "y") == as_html.render(other, "x", "y")


def test_a_build_keeps_the_pages(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "spec" / "link.yaml").write_text(OWN)
    run(["build"])
    capsys.readouterr()
    clean = run(["build", "--check"])
    (project / "spec" / "link-senders" / "v9.yaml").unlink()

    assert (clean, run(["build", "--check"]), capsys.readouterr().out) == (
        0,
        1,
        "changed diagrams/link-compat.html\nchanged diagrams/link-compat.md\n",
    )


def test_render_keeps_the_pages_too(project: Path) -> None:
    (project / "spec" / "link.yaml").write_text(OWN)
    run(["render"])

    assert (project / "diagrams" / "link-compat.html").exists()
    assert not (project / "generated").exists()


def test_a_build_says_what_is_wrong_with_a_peer(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "spec" / "link.yaml").write_text(OWN)
    wrong = WRITER.replace("Greeting: {on: {Hello: Ready}}", "Greeting: {on: {Hello: Redy}}")
    (project / "spec" / "link-senders" / "v9.yaml").write_text(wrong)

    code = run(["build"])

    assert (code, capsys.readouterr().out.splitlines()[0]) == (
        1,
        "spec/link-senders/v9.yaml:43:32: error[REF001] `Redy` is not a state",
    )
    assert not (project / "diagrams").exists()


def test_the_own_spec_stands_on_the_sides_that_it_describes(project: Path) -> None:
    (project / "spec" / "link.yaml").write_text(READER)

    found = matrix(project)

    assert [peer.name for peer in found.senders.rows] == ["v9", "v10"]
    assert [peer.name for peer in found.senders.columns] == ["silent", "small", "link"]


def test_the_repository_has_one_family() -> None:
    (family,) = families()

    assert (family.name, family.own, len(family.senders), len(family.receivers)) == (
        "ch",
        ("spec/ch-migration.yaml",),
        10,
        5,
    )


@pytest.mark.parametrize(
    ("receiver", "fail_on", "code"),
    [
        ("small", "breaks", 0),
        ("small", "conditions", 1),
        ("silent", "breaks", 1),
        ("silent", "conditions", 1),
    ],
)
def test_a_pipeline_can_fail_on_verdicts(
    project: Path, receiver: str, fail_on: str, code: int
) -> None:
    del project
    sides = [
        "--senders",
        "spec/link-senders",
        "--receivers",
        f"spec/link-receivers/{receiver}.yaml",
    ]

    assert run(["compat", *sides, "--fail-on", fail_on]) == code
