"""What is in a picture, before anything draws it."""

from pathlib import Path

from drawing import FLAGSHIP, LINK, NBD, charted
from wirechart.decisions import rows
from wirechart.targets.diagram import OUTSIDE, Diagram, Edge, Node, View, diagram


def view(source: Path | str, name: View) -> Diagram:
    chart = charted(source)
    return diagram(chart, rows(chart), name)


def test_the_happy_view_has_messages_that_lead_on_and_no_boxes() -> None:
    assert view(LINK, "happy") == Diagram(
        title="link: happy",
        nodes=(
            Node("Waiting", "running", (), ()),
            Node("Ready", "running", (), ()),
            Node("Done", "success", (), ()),
        ),
        edges=(
            Edge(OUTSIDE, "Waiting", (), failing=False),
            Edge("Waiting", "Ready", ("Hello",), failing=False),
            Edge("Ready", "Ready", ("Block",), failing=False),
            Edge("Ready", "Done", ("End",), failing=False),
            Edge("Done", OUTSIDE, (), failing=False),
        ),
    )


def test_the_full_view_has_guards_replies_data_and_what_a_box_does_for_all_inside() -> None:
    assert view(LINK, "full") == Diagram(
        title="link: full",
        nodes=(
            Node(
                "Open",
                "running",
                (),
                (Node("Waiting", "running", (), ()), Node("Ready", "running", (), ())),
            ),
            Node("Done", "success", (), ()),
            Node("Failed", "failure", ("cause: cause",), ()),
        ),
        edges=(
            Edge(OUTSIDE, "Waiting", (), failing=False),
            Edge("Open", "Open", ("refused / Error",), failing=True),
            Edge(
                "Open",
                "Failed",
                ("malformed,", "handler failed / Error", "", "end of stream", "silent for 10 s"),
                failing=True,
            ),
            Edge("Waiting", "Ready", ("Hello / Ok", "if message.version == 1"), failing=False),
            Edge("Ready", "Ready", ("Block / Ok",), failing=False),
            Edge("Ready", "Done", ("End / Ok",), failing=False),
            Edge("Done", OUTSIDE, (), failing=False),
            Edge("Failed", OUTSIDE, (), failing=True),
        ),
    )


def test_a_box_of_which_nothing_is_drawn_lists_what_is_inside() -> None:
    assert view(FLAGSHIP, "errors") == Diagram(
        title="ch-migration: errors",
        nodes=(
            Node(
                "Receiving",
                "running",
                ("Established", "Started", "MemoryFdsReceived", "Configured", "StateReceived"),
                (),
            ),
            Node("Aborted", "failure", (), ()),
        ),
        edges=(
            Edge(OUTSIDE, "Receiving", (), failing=False),
            Edge(
                "Receiving",
                "Aborted",
                ("Abandon / Ok", "otherwise / Error", "end of stream", "silent for 60 s"),
                failing=True,
            ),
            Edge(
                "Aborted",
                OUTSIDE,
                ("Abandon / Ok", "end of stream", "2 s later", "at once if abandoned"),
                failing=True,
            ),
        ),
    )


def test_messages_with_the_same_guard_and_reply_are_one_paragraph_and_negations_are_resolved() -> (
    None
):
    assert view(NBD, "full").edges == (
        Edge(OUTSIDE, "Transmission", (), failing=False),
        Edge(
            "Transmission",
            "Transmission",
            (
                "Read, Write, Flush,",
                "WriteZeroes / Ok",
                "",
                "Trim, Cache / Ok",
                "if message.offset +",
                "message.length <=",
                "context.size",
                "",
                "Read / EOVERFLOW",
                "if message.length >",
                "limits.read",
                "",
                "Read / EINVAL",
                "if message.offset +",
                "message.length >",
                "context.size",
                "",
                "Write, WriteZeroes / EPERM",
                "if context.flags & 2 != 0",
                "",
                "Write, WriteZeroes / ENOSPC",
                "if message.offset +",
                "message.length >",
                "context.size",
                "",
                "refused / EINVAL",
                "malformed / EOVERFLOW",
                "handler failed / EIO",
            ),
            failing=False,
        ),
        Edge("Transmission", "Closed", ("Disconnect / no reply",), failing=False),
        Edge(
            "Transmission",
            "Lost",
            ("end of stream", "silent for 30 s inside a message", "framing lost"),
            failing=True,
        ),
        Edge("Closed", OUTSIDE, (), failing=False),
        Edge("Lost", OUTSIDE, (), failing=True),
    )


def test_a_reply_that_does_not_fit_beside_a_long_name_goes_whole_to_the_next_line() -> None:
    text = LINK.replace("Block", "AcknowledgeFeatures").replace(
        "max: limits.block}}", "max: limits.block}, reply: none}"
    )

    lines = {(edge.source, edge.target): edge.lines for edge in view(text, "full").edges}

    assert lines["Ready", "Ready"] == ("AcknowledgeFeatures", "/ no reply")
