"""The cases of the generated tests: what they say of two specs, and that receivers agree."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings

from frames import ERROR, OK
from packages import made, red
from random_specs import read, spec_texts
from wirechart import chart as charts
from wirechart.cases import cases, gaps
from wirechart.cases.scripts import Case, Sent
from wirechart.cases.values import Anything, Built, Literal
from wirechart.chart import Chart
from wirechart.targets import tests

ROOT = Path(__file__).parent.parent
CHARTS: Mapping[str, Chart] = {
    "ch-migration": charts.build(read((ROOT / "spec/ch-migration.yaml").read_text())),
    "nbd-transmission": charts.build(
        read((ROOT / "tests/specs/nbd-transmission.yaml").read_text())
    ),
}

BLIND = """
wirechart: 1
protocol: link
limits: {few: 4, idle: 10 s}
wire:
  byte_order: little
  roles: {client: sender, server: receiver}
  request: {code: u16, length: u32}
  reply: {status: u16}
  select: code
  status: status
  payload_size: length
  replies: {Ok: 0, Error: 1}
  accept: Ok
  refuse: Error
messages:
  Hello: {code: 1, payload: {fields: {one: u32}}}
machine:
  role: receiver
  initial: Open
  states:
    Open:
      on: {Hello: {to: Done, if: message.one * message.one == 8100}}
      otherwise: {reply: Error, to: Failed}
      on_eof: {to: Failed}
      on_idle: {after: limits.idle, to: Failed}
    Done: {final: success}
    Failed: {data: {cause: cause}, final: failure}
"""


def named(name: str) -> list[Case]:
    """The white-box cases of the flagship with a name."""
    return [case for case in cases(CHARTS["ch-migration"]).transitions.cases if case.name == name]


def test_a_refused_message_says_why_and_lingers() -> None:
    (case,) = named("Started: State")

    assert [step.reply for step in case.steps] == [ERROR]
    assert case.after == Built(
        "Aborted",
        (
            (
                "cause",
                Built(
                    "RefusedMessage",
                    (
                        ("state", Literal("Started")),
                        ("message", Literal("State")),
                        ("guard", Anything()),
                    ),
                ),
            ),
        ),
    )
    assert (case.calls, case.deadline) == ((), 2.125)


def test_a_handled_message_calls_its_handler_and_waits_for_the_next() -> None:
    (case,) = named("StateReceived: CompletePaused")

    assert case.after == Built("Completed", (("paused", Literal(True)),))
    assert (case.calls, case.deadline) == (("complete_paused",), None)


def test_guards_are_tried_at_both_sides_of_their_edges() -> None:
    sizes = [
        (len(case.before.fields[0][1].items), case.after.name)  # type: ignore[union-attr]  # a map
        for case in named("MemoryFdsReceived: MemoryFd")
    ]

    assert sizes == [
        (0, "MemoryFdsReceived"),
        (1, "Aborted"),
        (1024, "Aborted"),
        (1023, "MemoryFdsReceived"),
    ]


def test_a_success_is_reached_through_every_message_on_the_way() -> None:
    session = cases(CHARTS["ch-migration"]).streams.session

    assert [step.request.message for step in session.steps] == [
        "Start",
        "MemoryFd",
        "MemoryFd",
        "Config",
        "Memory",
        "State",
        "Complete",
    ]
    assert {step.reply for step in session.steps} == {OK}


def test_every_situation_can_be_told_from_every_other() -> None:
    suite = cases(CHARTS["ch-migration"]).wire
    shown = {
        spot.name: tuple(
            tuple((step.request, step.reply) for step in probe if isinstance(step, Sent))
            for probe in spot.probes
        )
        for spot in suite.spots
        if spot.probes and " with " not in spot.name
    }

    assert len(set(shown.values())) == len(shown) == 9


def test_nothing_is_left_out_of_the_two_specs() -> None:
    assert [gaps(chart) for chart in CHARTS.values()] == [(), ()]


def test_what_no_sample_was_found_for_is_said() -> None:
    chart = charts.build(read(BLIND))
    printed = tests.files(chart, "spec/link.yaml")["generated/link/tests/test_transitions.py"]

    assert gaps(chart) == ("Open, Hello: no values lead to handled → Done, reply Ok",)
    assert "# Not shown: Open, Hello: no values lead to handled → Done, reply Ok.\n" in printed


def test_many_conditions_on_many_fields_hold_together_in_some_sample() -> None:
    fields = "fields: {one: u32, two: u16, three: u8, four: u64}"
    guards = "[message.one == 3, message.two > 7, message.three & 4 != 0, message.four == 1000]"
    text = BLIND.replace("fields: {one: u32}", fields).replace(
        "message.one * message.one == 8100", guards
    )

    assert gaps(charts.build(read(text))) == ()


@settings(max_examples=10)
@given(spec_texts(deepest=1))
def test_the_tests_of_random_specs_are_green(text: str) -> None:
    assert red(*made(text)) == []


@pytest.mark.parametrize("name", CHARTS)
def test_the_tests_are_the_same_every_time(name: str) -> None:
    assert tests.files(CHARTS[name], "x.yaml") == tests.files(CHARTS[name], "x.yaml")


def test_a_map_with_more_room_than_its_keys_have_values() -> None:
    spec = (ROOT / "spec/ch-migration.yaml").read_text(encoding="utf-8")

    made = cases(charts.build(read(spec.replace("slot: u32}", "slot: u8}"))))

    assert made.wire.gaps == (
        (
            "MemoryFdsReceived, MemoryFd: refused → Aborted, reply Error "
            "is not reached from the beginning"
        ),
        (
            "MemoryFdsReceived, MemoryFd: handled → MemoryFdsReceived, reply Ok "
            "is not reached from the beginning"
        ),
    )


def test_a_map_that_its_handler_begins_is_filled_with_keys_that_are_not_in_it_yet() -> None:
    put = "put: {kept: {message.one: message.one}}"
    states = f"""\
      on: {{Hello: Ready}}
      otherwise: {{reply: Error, to: Failed}}
      on_eof: {{to: Failed}}
      on_idle: {{after: limits.idle, to: Failed}}
    Ready:
      data: {{kept: {{map: {{u32: u32}}, max: limits.few}}}}
      on: {{Hello: {{to: stay, if: message.one not in state.kept, {put}}}}}
"""
    first, _, rest = BLIND.partition("      on: {Hello")
    text = (first + states + rest[rest.index("\n") + 1 :]).replace("few: 4", "few: 40")
    chart = charts.build(read(text))

    large = [move.spot for move in cases(chart).wire.moves if " with " in move.spot]
    assert (gaps(chart), large) == ((), ["Ready with 40", "Ready with 39"])
    assert red(*made(text)) == []
