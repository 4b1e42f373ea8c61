"""The harness itself: what it sees is what Mermaid understood."""

from mermaid_edges import Edge, ParsedDiagram, State, parse

DIAGRAM = """stateDiagram-v2
  direction LR
  state "Outer" as s_Outer {
    direction TB
    [*] --> s_In
    state "In" as s_In
    s_In --> s_In: a<br/>#35;b#59;
  }
  s_Outer --> [*]: done
  note right of s_In
    hello
  end note
  classDef failure fill:#fdd
  class s_In failure
"""


def test_states_edges_and_their_shown_texts_come_from_the_real_mermaid() -> None:
    diagram, broken = parse([DIAGRAM, "stateDiagram-v2\n  note --> a: x\n"])

    assert diagram == ParsedDiagram(
        error="",
        direction="LR",
        states=(
            State("s_Outer", "roundedWithTitle", "", "TB", (), "Outer"),
            State("s_Outer_start", "stateStart", "s_Outer", "", (), ""),
            State("s_In", "rect", "s_Outer", "", ("failure",), "In"),
            State("root_end", "stateEnd", "", "", (), ""),
            State("s_In----parent", "noteGroup", "", "", ("failure",), ""),
            State("s_In----note-3", "note", "s_In----parent", "", (), "hello"),
        ),
        edges=(
            Edge("s_Outer_start", "s_In", ""),
            Edge("s_In", "s_In", "a\n#b;"),
            Edge("s_Outer", "root_end", "done"),
            Edge("s_In", "s_In----note-3", ""),
        ),
    )
    assert broken.error.startswith("Lexical error on line 2.")
