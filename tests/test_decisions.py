"""The total table: inheritance, fallbacks, alternatives, full maps, lingering."""

from pathlib import Path

from wirechart.chart import build, views
from wirechart.decisions import Outcome, Row, linger_rows, rows
from wirechart.expressions import show
from wirechart.reader import read
from wirechart.syntax import parse

HERE = Path(__file__).parent
LOGIN = (HERE / "specs" / "good" / "login.yaml").read_text()
DISK = (HERE / "specs" / "good" / "disk.yaml").read_text()
FLAGSHIP = (HERE.parent / "spec" / "ch-migration.yaml").read_text()
NBD = (HERE / "specs" / "nbd-transmission.yaml").read_text()

Line = tuple[str, tuple[str, ...], str, str | None, str | None]  # kind, guards, target, …


def table(text: str) -> tuple[Row, ...]:
    spec, _ = read(parse(text))
    assert spec is not None
    return rows(build(spec))


def line(outcome: Outcome) -> Line:
    guards = tuple(show(guard) for guard in outcome.guards)
    return outcome.kind, guards, outcome.target, outcome.reply, outcome.cause


def row(text: str, state: str, event: str) -> list[Line]:
    found = next(row for row in table(text) if (row.state, row.event) == (state, event))
    return [line(outcome) for outcome in found.outcomes]


def test_every_running_state_has_a_row_for_every_message_and_every_fault() -> None:
    events = [row.event for row in table(FLAGSHIP) if row.state == "Started"]

    assert events == [
        "Start",
        "Config",
        "State",
        "Memory",
        "Complete",
        "Abandon",
        "MemoryFd",
        "CompletePaused",
        "refused",
        "malformed",
        "handler_error",
        "eof",
        "idle",
        "lost",
    ]


def test_states_come_in_document_order() -> None:
    states = list(dict.fromkeys(row.state for row in table(FLAGSHIP)))

    assert states == [
        "Established",
        "Started",
        "MemoryFdsReceived",
        "Configured",
        "StateReceived",
    ]


def test_a_message_without_a_reaction_is_refused() -> None:
    assert row(FLAGSHIP, "Started", "State") == [("refused", (), "Aborted", "Error", "refused")]


def test_a_reaction_is_inherited() -> None:
    assert row(FLAGSHIP, "Configured", "Abandon") == [("handled", (), "Aborted", "Ok", "abandoned")]


def test_a_false_guard_falls_through_to_the_refusal() -> None:
    assert row(FLAGSHIP, "Established", "Start") == [
        ("handled", ("message.version == 0",), "Started", "Ok", None),
        ("refused", (), "Aborted", "Error", "refused"),
    ]


def test_a_put_into_a_carried_map_needs_room() -> None:
    assert row(FLAGSHIP, "MemoryFdsReceived", "MemoryFd") == [
        (
            "handled",
            (
                "message.slot not in state.memory_fds",
                "size(state.memory_fds) < limits.slots",
            ),
            "MemoryFdsReceived",
            "Ok",
            None,
        ),
        ("refused", (), "Aborted", "Error", "refused"),
    ]


def test_a_put_into_a_new_map_needs_none() -> None:
    assert row(FLAGSHIP, "Started", "MemoryFd") == [
        ("handled", (), "MemoryFdsReceived", "Ok", None)
    ]


def test_an_else_decides_before_the_transition() -> None:
    assert row(NBD, "Transmission", "Read") == [
        ("refused", ("not message.length <= limits.read",), "Transmission", "EOVERFLOW", None),
        (
            "refused",
            ("not message.offset + message.length <= context.size",),
            "Transmission",
            "EINVAL",
            None,
        ),
        ("handled", (), "Transmission", "Ok", None),
    ]


def test_an_alternative_that_fails_passes_the_message_to_the_next() -> None:
    assert row(LOGIN, "Greeting", "Greet") == [
        ("handled", ("message.dialect == 2", "context.trusted"), "Empty", "Ok", None),
        (
            "refused",
            ("not (message.dialect <= 2 and context.version >= 3)",),
            "Greeting",
            "Denied",
            None,
        ),
        ("handled", (), "Knocking", "Ok", None),
    ]


def test_an_else_without_a_target_goes_where_refusals_go() -> None:
    text = FLAGSHIP.replace("if: message.version == 0", "if: message.version == 0, else: Invalid")

    assert row(text, "Established", "Start") == [
        ("refused", ("not message.version == 0",), "Aborted", "Invalid", "refused"),
        ("handled", (), "Started", "Ok", None),
    ]


def test_what_stands_behind_an_unguarded_alternative_is_left_out() -> None:
    text = LOGIN.replace(
        "              - {to: Inside, if: [message.dialect == 2, context.trusted]}",
        "              - {to: Inside}",
    )

    assert row(text, "Greeting", "Greet") == [("handled", (), "Empty", "Ok", None)]


def test_a_target_that_is_composite_means_its_entry() -> None:
    assert row(LOGIN, "Filling", "Forget") == [("handled", (), "Empty", "Ok", None)]


def test_the_parts_of_otherwise_go_before_it() -> None:
    text = FLAGSHIP.replace(
        "      otherwise: {reply: Error, to: Aborted}",
        "      otherwise: {reply: Error, to: Aborted}\n      on_malformed: {reply: none, to: stay}",
    )

    assert row(text, "Started", "malformed") == [("malformed", (), "Started", None, None)]
    assert row(text, "Started", "refused") == [("refused", (), "Aborted", "Error", "refused")]


def test_otherwise_of_an_inner_state_goes_before_a_part_of_an_outer_one() -> None:
    text = LOGIN.replace(
        "        Knocking:\n",
        "        Knocking:\n          otherwise: {reply: Broken, to: Closed}\n",
    )

    assert row(text, "Knocking", "malformed") == [("malformed", (), "Closed", "Broken", None)]


def test_an_ending_has_no_reply_and_names_its_cause() -> None:
    assert row(FLAGSHIP, "Started", "eof") == [("eof", (), "Aborted", None, "eof")]


def test_an_ending_that_nobody_wrote_has_no_outcome() -> None:
    assert row(FLAGSHIP, "Started", "lost") == []


def test_a_message_without_a_reply_gets_none_when_it_is_handled() -> None:
    assert row(DISK, "Opened", "Leave") == [("handled", (), "Left", None, None)]


def test_a_message_without_a_reply_gets_none_when_it_is_refused() -> None:
    assert row(DISK, "Closed", "Leave") == [("refused", (), "Lost", None, "refused")]


def test_a_message_without_a_reply_gets_none_from_an_else() -> None:
    text = DISK.replace(
        "Leave: {to: Left, set: {clean: true}}",
        "Leave: {to: Left, set: {clean: true}, if: size(state.files) > 0, else: {to: stay}}",
    )

    assert row(text, "Opened", "Leave") == [
        ("refused", ("not size(state.files) > 0",), "Opened", None, None),
        ("handled", (), "Left", None, None),
    ]


def test_an_outcome_says_who_wrote_it_and_where() -> None:
    found = next(row for row in table(LOGIN) if (row.state, row.event) == ("Filling", "Forget"))

    outcome = found.outcomes[0]

    assert (outcome.owner, outcome.element) == ("Inside", "machine.Session.Inside.on.Forget")


def test_a_misspelt_target_leads_to_the_nearest_state() -> None:
    text = FLAGSHIP.replace("Config: Configured}", "Config: Configred}")

    assert row(
        text.replace("            Config: Configured", "            Config: Configred"),
        "Started",
        "Config",
    ) == [("handled", (), "Configured", "Ok", None)]


def test_a_target_like_no_other_leaves_the_outcome_out() -> None:
    text = FLAGSHIP.replace(
        "otherwise: {reply: Error, to: Aborted}", "otherwise: {reply: Error, to: Xyz}"
    )

    assert row(text, "Started", "State") == []


def late(text: str) -> list[tuple[str, str, Line]]:
    spec, _ = read(parse(text))
    assert spec is not None
    return [(row.state, row.event, line(row.outcomes[0])) for row in linger_rows(build(spec))]


def test_a_failure_that_lingers_answers_what_it_lists_and_ignores_the_rest() -> None:
    ignored: Line = ("ignored", (), "Broken", None, None)

    assert late(LOGIN) == [
        ("Broken", "Greet", ignored),
        ("Broken", "Login", ignored),
        ("Broken", "Letter", ignored),
        ("Broken", "Forget", ignored),
        ("Broken", "Quit", ignored),
        ("Broken", "Cancel", ("lingering", (), "Broken", "Ok", None)),
        ("Broken", "refused", ignored),
    ]


def test_without_lingering_nothing_comes_late() -> None:
    assert late(NBD) == []


def test_what_became_of_a_request_is_a_row_only_where_it_is_written() -> None:
    spec, _ = read(parse(FLAGSHIP))
    assert spec is not None
    source = next(view for view in views(spec) if view.machine.name == "source")

    found = [
        (row.state, line(outcome))
        for row in rows(build(source))
        for outcome in row.outcomes
        if row.event == "unanswered"
    ]

    assert found == [("StateSent", ("unanswered", (), "InDoubt", None, "unanswered"))]
