"""Scenarios: walked through all machines of a spec, drawn, and understood by the real Mermaid."""

from pathlib import Path

from mermaid_edges import Edge, parse
from random_specs import read
from test_one_cause import SOUND
from wirechart.chart import build
from wirechart.model import Ref, Scenario, Spec, Step
from wirechart.record import replace
from wirechart.scenarios import Move, Stuck, drawn, walks
from wirechart.targets import sequence

SPEC = read((Path(__file__).parent.parent / "spec/ch-migration.yaml").read_text())
HERE = SPEC.span


def scenario(*names: str) -> Scenario:
    """Some messages on the main connection; `memory: X` is one on another."""
    parts = [name.rpartition(": ") for name in names]
    steps = (
        Step(Ref(message, HERE), Ref(where, HERE) if where else None) for where, _, message in parts
    )
    return Scenario("tried", tuple(steps), "", HERE)


def stuck(spec: Spec, *names: str) -> tuple[str, tuple[str, ...]]:
    ((_, found),) = walks(replace(spec, scenarios=(scenario(*names),)))
    assert isinstance(found, Stuck)
    return found.why, found.path


def test_a_step_moves_every_machine_on_its_connection() -> None:
    stages = drawn(SPEC)["precopy"]

    assert stages[0].moves == (
        Move("", "destination", "Established", "Started", ended=False),
        Move("source", "source", "Connected", "Started", ended=False),
    )
    assert (stages[0].asker, stages[0].answerer, stages[0].reply) == ("source", "destination", "Ok")


def test_on_the_connection_for_page_faults_the_destination_asks() -> None:
    stages = drawn(SPEC)["postcopy"]

    assert [(stage.connection, stage.asker) for stage in stages] == [
        ("main", "source"),
        ("main", "source"),
        ("main", "source"),
        ("faults", "destination"),
        ("faults", "destination"),
        ("main", "source"),
    ]


def test_a_step_that_the_receiver_refuses_is_stuck_with_the_way_to_it() -> None:
    assert stuck(SPEC, "Start", "Config", "Complete") == (
        "`destination` does not take it in `Configured`",
        ("Start → Config → ?",),
    )


def test_a_step_that_only_the_sender_forbids_is_stuck_too() -> None:
    # The destination takes an Abandon anywhere; the source of today never sends one.
    assert stuck(SPEC, "Start", "Abandon") == (
        "`source` does not send it in `Started`",
        ("Start → ?",),
    )


def test_a_scenario_that_stops_too_early_says_who_waits() -> None:
    assert stuck(SPEC, "Start", "Config", "memory: Memory") == (
        "`destination` waits in `Configured`",
        ("Start → Config → Memory → ?",),
    )


def test_a_scenario_ends_where_the_asker_may_leave() -> None:
    text = SOUND.replace("on_eof: {to: Failed}", "on_eof: {to: Done, inside_message: Failed}")
    spec = read(text + "scenarios: {short: [Hello, Block]}\n")

    assert drawn(spec)["short"][-1].moves == (
        Move("", "receiver", "Ready", "Ready", ended=False),
        Move("", "receiver", "Ready", "Done", ended=True, left=True),
    )
    assert sequence.pictures(spec)["short"].endswith(
        "  r_sender->>r_receiver: Block\n"
        "  r_receiver-->>r_sender: Ok\n"
        "  Note over r_receiver: end of stream#58; Done, the end\n"
    )


def test_the_real_mermaid_draws_requests_replies_and_states() -> None:
    text = sequence.files(build(SPEC), "spec/x.yaml")["diagrams/ch-migration-scenario-workers.mmd"]

    (understood,) = parse([text])

    source, destination = "r_source", "r_destination"
    ok = Edge(destination, source, "Ok")
    assert understood.error == ""
    assert [(actor.id, actor.shown) for actor in understood.states] == [
        (source, "source"),
        (destination, "destination"),
    ]
    assert understood.edges == (
        Edge(source, destination, "Start"),
        ok,
        Edge(destination, "", "Started"),
        Edge(source, "", "Started"),
        Edge(source, destination, "Config"),
        ok,
        Edge(destination, "", "Configured"),
        Edge(source, "", "Configured"),
        Edge(source, "", "connection memory"),
        Edge(source, destination, "Memory"),
        ok,
        Edge(source, destination, "Memory"),
        ok,
        Edge(source, destination, "State"),
        ok,
        Edge(destination, "", "StateReceived"),
        Edge(source, "", "StateSent"),
        Edge(source, destination, "Complete"),
        ok,
        Edge(destination, "", "Completed, the end"),
        Edge(source, "", "Completed, the end"),
    )


def test_a_spec_without_scenarios_draws_none() -> None:
    bare = Path(__file__).parent / "specs/good/smallest.yaml"

    assert sequence.files(build(read(bare.read_text())), "x.yaml") == {}
