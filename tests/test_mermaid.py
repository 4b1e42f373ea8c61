"""Mermaid text, against what the real Mermaid understands of it."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from drawing import EVERYTHING, FLAGSHIP, LINK, NBD, charted
from mermaid_edges import ParsedDiagram, parse
from wirechart.decisions import rows
from wirechart.targets import mermaid
from wirechart.targets.diagram import OUTSIDE, VIEWS, Diagram, Edge, Node, diagram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wirechart.chart import Chart

# Category C has no shape, Z but the space has no width of its own; the four letters are Mermaid's
# own marks for entities, which it does not protect from texts.
PRINTABLE = st.characters(
    exclude_categories=("C", "Z"), include_characters=" ", exclude_characters="ﬂ°¶ß"
)
LINES = st.one_of(
    st.text(PRINTABLE, min_size=1, max_size=30),
    st.text("ab1 0_-.,()=/+?!'#;:<>\"`*~&%{}[]|\\^$@", min_size=1, max_size=12),
).filter(lambda line: line.strip() == line)
NEW_SLOT = """\
MemoryFd / Ok
if message.slot not in
state.memory_fds and
size(state.memory_fds) <
limits.slots"""
HARD = (
    *("*b*", "**b**", "a *b* c", "_b_", "__b__", "`c`", "~~d~~", "[a](b)", "![a](b)", "# h", "> q"),
    *("1. x", "10) x", "- x", "+ x", "---", "===", "\\*x\\*", "a\\", "$$x$$", "www.x.y", "x://y.z"),
    *(
        "a;b",
        "a; b",
        "<x>",
        "a<b",
        "a::b",
        "a:::b",
        ":::x",
        "{x}",
        'say "x"',
        "[*] --> x",
        "a -- b",
    ),
    *("&lt;", "&#60;", "#lt;", "#59;", "<br/>", "<!-- x -->", "<<fork>>", "%%{init: {}}%%", "%% x"),
    *("direction LR", "a direction TB", "note", "end", "state x", "fa:fa-car", "2^64", "a    b"),
    *("snake_case-name", "gpa + length <= 2^64", "context.flags & 2 == 0", "é → ✓", "日本", "😀"),
)
KEYWORDS = (
    *("State", "Note", "Class", "ClassDef", "Default", "Click", "End", "Direction", "Fork", "Join"),
    *("Choice", "Hide", "Style", "Scale", "As", "Root", "Href", "AccTitle", "Start", "TB", "Any"),
)


def understood(charts: "tuple[Chart, ...]") -> list[ParsedDiagram]:
    texts = [mermaid.files(chart, "spec/x.yaml") for chart in charts]
    return parse([text for files in texts for text in files.values()])


def edges(parsed: ParsedDiagram) -> list[tuple[str, str, str]]:
    return [(edge.source, edge.target, edge.shown) for edge in parsed.edges]


@pytest.fixture(scope="module")
def flagship() -> list[ParsedDiagram]:
    return understood((charted(FLAGSHIP),))


def test_the_happy_view_of_the_flagship_is_the_diagram_of_the_pull_request(
    flagship: list[ParsedDiagram],
) -> None:
    happy = flagship[0]

    split = {
        (source, target, line)
        for source, target, shown in edges(happy)
        for line in shown.split("\n")
    }

    assert happy.error == ""
    assert split == {
        ("root_start", "s_Established", ""),
        ("s_Established", "s_Started", "Start"),
        ("s_Started", "s_MemoryFdsReceived", "MemoryFd"),
        ("s_MemoryFdsReceived", "s_MemoryFdsReceived", "MemoryFd"),
        ("s_Started", "s_Configured", "Config"),
        ("s_MemoryFdsReceived", "s_Configured", "Config"),
        ("s_Configured", "s_Configured", "Memory"),
        ("s_Configured", "s_StateReceived", "State"),
        ("s_StateReceived", "s_Completed", "Complete"),
        ("s_StateReceived", "s_Completed", "CompletePaused"),
        ("s_Completed", "root_end", ""),
    }


def test_the_full_view_of_the_flagship_as_understood(flagship: list[ParsedDiagram]) -> None:
    full = flagship[1]

    assert (full.error, full.direction) == ("", "TB")
    assert sorted((state.parent, state.id, state.shown) for state in full.states) == [
        ("", "root_end", ""),
        ("", "s_Aborted", "✗ Aborted\n\ncause: cause"),
        ("", "s_Completed", "✓ Completed\n\npaused: bool"),
        ("", "s_Receiving", "Receiving"),
        ("s_Receiving", "any_Receiving", "any state"),
        ("s_Receiving", "s_Configured", "Configured\n\nconfig: Config\nmemory: memory"),
        ("s_Receiving", "s_Established", "Established"),
        ("s_Receiving", "s_MemoryFdsReceived", "MemoryFdsReceived\n\nmemory_fds: fds"),
        ("s_Receiving", "s_Receiving_start", ""),
        ("s_Receiving", "s_Started", "Started"),
        (
            "s_Receiving",
            "s_StateReceived",
            "StateReceived\n\nconfig: Config\nmemory: memory\nstate: State",
        ),
    ]
    assert sorted(edges(full)) == [
        (
            "any_Receiving",
            "s_Aborted",
            "✗ Abandon / Ok\notherwise / Error\nend of stream\nsilent for 60 s",
        ),
        ("s_Aborted", "root_end", "✗ Abandon / Ok\nend of stream\n2 s later\nat once if abandoned"),
        ("s_Completed", "root_end", ""),
        ("s_Configured", "s_Configured", "Memory / Ok"),
        ("s_Configured", "s_StateReceived", "State / Ok"),
        ("s_Established", "s_Started", "Start / Ok\nif message.version == 0"),
        ("s_MemoryFdsReceived", "s_Configured", "Config / Ok"),
        ("s_MemoryFdsReceived", "s_MemoryFdsReceived", NEW_SLOT),
        ("s_Receiving_start", "s_Established", ""),
        ("s_Started", "s_Configured", "Config / Ok"),
        ("s_Started", "s_MemoryFdsReceived", "MemoryFd / Ok"),
        ("s_StateReceived", "s_Completed", "Complete,\nCompletePaused / Ok"),
    ]


def test_colour_is_never_the_only_sign_of_an_outcome(flagship: list[ParsedDiagram]) -> None:
    styled = [(state.shown[0], state.classes) for state in flagship[1].states if state.classes]

    assert styled == [("a", ("any",)), ("✓", ("success",)), ("✗", ("failure",))]


def drawn(edge: Edge) -> str:
    """A label as Mermaid shall draw it: an empty line is a space, and a failure has its mark."""
    mark = "✗ " if edge.failing and edge.lines else ""
    return mark + "\n".join(line or "\N{NO-BREAK SPACE}" for line in edge.lines)


def test_every_view_of_every_spec_is_understood_with_the_arrows_of_the_chart() -> None:
    charts = tuple(charted(source) for source in (FLAGSHIP, NBD, EVERYTHING, LINK))

    expected = [
        sorted(drawn(edge) for edge in diagram(chart, rows(chart), view).edges)
        for chart in charts
        for view in VIEWS
    ]

    assert [
        sorted(shown for *_, shown in edges(parsed)) for parsed in understood(charts)
    ] == expected


def test_the_smallest_text_is_read_by_people_too() -> None:
    chart = charted(LINK)

    text = mermaid.files(chart, "spec/link.yaml")["diagrams/link-happy.mmd"]

    assert text == (
        "%% @generated by wirechart from spec/link.yaml. Do not edit; run make build.\n"
        "stateDiagram-v2\n"
        "  direction TB\n"
        '  state "Waiting" as s_Waiting\n'
        "  [*] --> s_Waiting\n"
        '  state "Ready" as s_Ready\n'
        '  state "✓ Done" as s_Done\n'
        "  s_Waiting --> s_Ready: Hello\n"
        "  s_Ready --> s_Ready: Block\n"
        "  s_Ready --> s_Done: End\n"
        "  s_Done --> [*]\n"
        "  classDef success fill:#e6f4ea,stroke:#1e7e34,stroke-width:3px,color:#10301a\n"
        "  class s_Done success\n"
    )


def test_no_name_of_a_state_means_anything_to_mermaid() -> None:
    nodes = tuple(Node(name, "running", (), ()) for name in KEYWORDS)
    loops = tuple(Edge(name, name, (name,), failing=False) for name in KEYWORDS)

    (parsed,) = parse([mermaid.render(Diagram("x", nodes, loops))])

    assert parsed.error == ""
    assert edges(parsed) == [(f"s_{name}", f"s_{name}", name) for name in KEYWORDS]
    assert [state.shown for state in parsed.states] == list(KEYWORDS)


def shown(lines: "Sequence[str]") -> list[str]:
    """Every line as an alias and twice in a label, and what Mermaid makes of the label."""
    nodes = tuple(Node(f"N{number}", "running", (line,), ()) for number, line in enumerate(lines))
    loops = tuple(
        Edge(node.name, node.name, (line, "x", line), failing=False)
        for node, line in zip(nodes, lines, strict=True)
    )
    (parsed,) = parse([mermaid.render(Diagram("x", nodes, loops))])
    assert parsed.error == ""
    assert [state.shown.partition("\n\n")[2] for state in parsed.states] == list(lines)
    return [edge.shown for edge in parsed.edges]


def test_lines_that_mean_something_to_mermaid_html_or_markdown_are_shown_as_they_are() -> None:
    assert shown(HARD) == [f"{line}\nx\n{line}" for line in HARD]


@settings(
    max_examples=2,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(LINES, min_size=24, max_size=24))
def test_every_printable_line_is_shown_as_it_is(lines: list[str]) -> None:
    assert shown(lines) == [f"{line}\nx\n{line}" for line in lines]


def test_the_outside_is_no_state() -> None:
    text = mermaid.render(
        Diagram("x", (Node("A", "running", (), ()),), (Edge(OUTSIDE, "A", (), failing=False),))
    )

    assert text == 'stateDiagram-v2\n  direction TB\n  state "A" as s_A\n  [*] --> s_A\n'
