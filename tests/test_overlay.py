"""Pictures of a change, as the real Mermaid and the real `dot` understand them."""

import json
import subprocess
from pathlib import Path

import pytest

from drawing import LINK
from mermaid_edges import ParsedDiagram, parse
from random_specs import read
from wirechart.difference import as_dot, as_mermaid
from wirechart.difference.changes import difference
from wirechart.difference.overlay import Overlay, overlays
from wirechart.renaming import rename

GREETED = "Hello / Ok if message.version"
FLAGSHIP = (Path(__file__).parent.parent / "spec" / "ch-migration.yaml").read_text()
# One state is new, one is gone, one has another name, one other data; of arrows the same.
OLD = LINK.replace(
    "        Ready: {on: {Block: stay, End: Done}}\n",
    "        Ready: {data: {hello: Hello}, on: {Block: stay, End: Done, Hello: Idle}}\n"
    "        Idle: {on: {End: Done}}\n",
)
NEW = (
    OLD.replace("        Idle: {on: {End: Done}}\n", "        Full: {on: {End: Done}}\n")
    .replace("Hello: Idle", "Hello: Full")
    .replace("data: {hello: Hello}", "data: {greeting: Hello, was: u8}")
    .replace("message.version == 1", "message.version >= 1")
    .replace("on_refused: {reply: Error, to: stay}", "on_refused: {reply: Error, to: Failed}")
    .replace("Waiting: {on", "Begun: {was: Waiting, on")
    .replace("initial: Waiting", "initial: Begun")
)


def drawn(old: str, new: str) -> tuple[Overlay, ...]:
    before, after = read(old), read(new)
    changed = difference(before, after)
    return overlays(rename(before, changed.renames), after, changed)


@pytest.fixture(scope="module")
def understood() -> list[ParsedDiagram]:
    pair = (
        *drawn(OLD, NEW),
        *drawn(FLAGSHIP, FLAGSHIP.replace("limits.idle, to: A", "never, to: A")),
    )
    return parse([as_mermaid.render(one) for one in pair])


def test_states_have_their_signs_and_styles(understood: list[ParsedDiagram]) -> None:
    one = understood[0]

    assert (one.error, one.direction) == ("", "TB")
    assert [(s.parent, s.id, s.classes[-1], s.shown) for s in one.states] == [
        ("", "s_Open", "kept", "Open"),
        ("", "begin", "default", "\N{NO-BREAK SPACE}"),
        ("s_Open", "s_Begun", "changed", "~ Begun\n~ was Waiting"),
        ("s_Open", "s_Ready", "changed", "~ Ready\n+ greeting: Hello\n+ was: u8\n− hello: Hello"),
        ("s_Open", "s_Full", "added", "+ Full"),
        ("s_Open", "s_Idle", "removed", "− Idle"),
        ("s_Open", "any_Open", "any", "any state"),
        ("", "s_Done", "kept", "✓ Done"),
        ("", "s_Failed", "kept", "✗ Failed"),
    ]


def test_arrows_say_what_is_gone_and_what_is_new(understood: list[ParsedDiagram]) -> None:
    assert [(e.source, e.target, e.shown) for e in understood[0].edges] == [
        ("begin", "s_Begun", ""),
        ("s_Begun", "s_Ready", f"− {GREETED} == 1\n+ {GREETED} >= 1"),
        ("any_Open", "s_Failed", "+ refused / Error"),
        ("s_Ready", "s_Full", "+ Hello / Ok"),
        ("s_Ready", "s_Ready", "Block"),
        ("s_Ready", "s_Done", "End"),
        ("s_Full", "s_Done", "+ End / Ok"),
        ("any_Open", "any_Open", "− refused / Error"),
        ("s_Ready", "s_Idle", "− Hello / Ok"),
        ("s_Idle", "s_Done", "− End / Ok"),
    ]  # fmt: skip


def test_only_machines_in_which_something_changed_are_drawn(
    understood: list[ParsedDiagram],
) -> None:
    (other,) = understood[1:]

    assert [(e.source, e.target, e.shown) for e in other.edges if "any" in e.source] == [
        ("any_Receiving", "s_Aborted", "− silent for 60 s"),
    ]


def test_lines_are_thick_dotted_or_plain_beside_their_colors() -> None:
    text = as_mermaid.render(drawn(OLD, NEW)[0])

    arrows = [line.split('|"')[0].split() for line in text.splitlines() if '|"' in line]

    assert [arrow[:2] for arrow in arrows] == [
        ["s_Begun", "-->"],
        ["any_Open", "-->"],
        ["s_Ready", "==>"],
        ["s_Ready", "-->"],
        ["s_Ready", "-->"],
        ["s_Full", "==>"],
        ["any_Open", "-.->"],
        ["s_Ready", "-.->"],
        ["s_Idle", "-.->"],
    ]


def test_dot_understands_the_same(dot: str) -> None:
    text = as_dot.render(drawn(OLD, NEW)[0])
    done = subprocess.run([dot, "-Tjson"], input=text, text=True, capture_output=True, check=True)
    graph = json.loads(done.stdout)
    names = [one["name"] for one in graph["objects"]]

    assert done.stderr == ""
    assert sorted(
        (names[e["tail"]], names[e["head"]], e.get("style", "solid"), e.get("label", ""))
        for e in graph["edges"]
    ) == sorted([
        ("begin", "s_Begun", "solid", ""),
        ("s_Begun", "s_Ready", "solid", f" − {GREETED} == 1 \\l + {GREETED} >= 1 \\l"),
        ("any_Open", "s_Failed", "solid", " + refused / Error \\l"),
        ("s_Ready", "s_Full", "bold", " + Hello / Ok \\l"),
        ("s_Ready", "s_Ready", "solid", " Block \\l"),
        ("s_Ready", "s_Done", "solid", " End \\l"),
        ("s_Full", "s_Done", "bold", " + End / Ok \\l"),
        ("any_Open", "any_Open", "dashed", " − refused / Error \\l"),
        ("s_Ready", "s_Idle", "dashed", " − Hello / Ok \\l"),
        ("s_Idle", "s_Done", "dashed", " − End / Ok \\l"),
    ])  # fmt: skip


def test_nothing_is_drawn_where_no_machine_changed() -> None:
    assert drawn(LINK, LINK.replace("idle: 10 s", "idle: 20 s")) == ()


def test_how_a_failure_lingers_and_where_the_machine_begins_are_drawn() -> None:
    lingering = LINK.replace(
        "final: failure}", "final: failure, linger: {for: limits.idle, answer: {End: Ok}}}"
    )
    text = as_mermaid.render(
        drawn(LINK, lingering.replace("initial: Waiting", "initial: Ready"))[0]
    )

    lines = [line.strip() for line in text.splitlines()]
    assert [line for line in lines if line.startswith(("begin ", "s_Failed("))] == [
        's_Failed("#126; #10007; Failed<br/>#43;#32;lingers for limits.idle, answers End with Ok")',
        "begin ==> s_Ready",
        "begin -.-> s_Waiting",
    ]
