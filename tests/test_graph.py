"""Paths, hope, and what a peer can tell apart."""

from pathlib import Path

from wirechart.chart import Chart, build
from wirechart.decisions import Row, linger_rows, rows
from wirechart.graph import can_succeed, minimise, paths
from wirechart.reader import read
from wirechart.syntax import parse

HERE = Path(__file__).parent
LOGIN = (HERE / "specs" / "good" / "login.yaml").read_text()
FLAGSHIP = (HERE.parent / "spec" / "ch-migration.yaml").read_text()
NBD = (HERE / "specs" / "nbd-transmission.yaml").read_text()


def built(text: str) -> tuple[Chart, tuple[Row, ...], tuple[Row, ...]]:
    spec, _ = read(parse(text))
    assert spec is not None
    chart = build(spec)
    return chart, rows(chart), linger_rows(chart)


def ways(text: str) -> dict[str, list[tuple[str, str]]]:
    chart, table, _ = built(text)
    return {
        state: [(step.state, step.event) for step in steps]
        for state, steps in paths(chart, table).items()
    }


def test_paths_are_shortest_and_begin_where_the_machine_begins() -> None:
    assert ways(FLAGSHIP) == {
        "Established": [],
        "Started": [("Established", "Start")],
        "Aborted": [("Established", "Abandon")],
        "Configured": [("Established", "Start"), ("Started", "Config")],
        "MemoryFdsReceived": [("Established", "Start"), ("Started", "MemoryFd")],
        "StateReceived": [
            ("Established", "Start"),
            ("Started", "Config"),
            ("Configured", "State"),
        ],
        "Completed": [
            ("Established", "Start"),
            ("Started", "Config"),
            ("Configured", "State"),
            ("StateReceived", "Complete"),
        ],
    }


def test_a_state_that_only_a_fault_leads_to_is_found() -> None:
    assert ways(NBD)["Lost"] == [("Transmission", "eof")]


def test_a_state_that_nothing_leads_to_has_no_path() -> None:
    assert "Filling" not in ways(LOGIN.replace("Letter: Filling", "Letter: stay"))


def test_success_can_be_reached_from_all_that_handled_messages_lead_to_it() -> None:
    chart, table, _ = built(FLAGSHIP.replace("State: StateReceived", "State: stay"))

    assert can_succeed(chart, table) == {"StateReceived", "Completed"}


def test_a_refusal_on_the_way_to_a_success_is_no_hope() -> None:
    refused = "State: {to: stay, if: size(message.payload) > 0, else: {to: StateReceived}}"
    text = FLAGSHIP.replace("State: StateReceived", refused).replace(
        "json: object, max: limits.state", "bytes: stored, max: limits.state"
    )
    chart, table, _ = built(text)

    assert can_succeed(chart, table) == {"StateReceived", "Completed"}


def test_a_failure_cannot_succeed() -> None:
    chart, table, _ = built(LOGIN)

    assert can_succeed(chart, table) == {"Greeting", "Knocking", "Empty", "Filling", "Closed"}


def groups(text: str) -> list[list[str]]:
    _, table, late = built(text)
    return [sorted(group) for group in minimise(table, late)]


def test_states_with_different_answers_are_told_apart() -> None:
    assert groups(FLAGSHIP) == [
        ["Established"],
        ["Started"],
        ["MemoryFdsReceived"],
        ["Configured"],
        ["StateReceived"],
        ["Aborted"],
        ["Completed"],
    ]


def test_states_with_equal_answers_now_and_later_are_one() -> None:
    guard = "              if: message.slot not in state.memory_fds\n"
    put = "              put: {memory_fds: {message.slot: message.memory}}\n"
    free = (
        FLAGSHIP.replace(guard, "").replace(put, "").replace("data: {memory_fds: fds}", "data: {}")
    )

    assert ["MemoryFdsReceived", "Started"] in groups(
        free.replace(", put: {memory_fds: {message.slot: message.memory}}", "")
    )


def test_states_whose_answers_differ_only_later_are_told_apart() -> None:
    text = NBD.replace(
        "        Disconnect: Closed\n",
        "        Disconnect: Closed\n        Flush: Second\n",
    ).replace("        Flush: stay\n", "")
    second = "    Second:\n      on: {Flush: Closed}\n"
    faults = (
        "      on_refused: {reply: EINVAL, to: stay}\n      on_malformed: {reply: EIO, to: stay}\n"
    )
    rest = "      on_handler_error: {reply: EIO, to: stay}\n      on_eof: {to: Lost}\n"

    found = groups(text.replace("    Closed:", f"{second}{faults}{rest}    Closed:"))

    assert found == [["Transmission"], ["Second"], ["Closed", "Lost"]]


def test_ends_that_do_not_linger_are_alike() -> None:
    assert groups(NBD) == [["Transmission"], ["Closed", "Lost"]]
