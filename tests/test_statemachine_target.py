"""The chart for python-statemachine as text: guards as Python, maps that may be full, layout."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from random_specs import read, spec_texts, specs
from wirechart.build import check, failed
from wirechart.chart import build
from wirechart.diagnostics import Span
from wirechart.expressions import parse
from wirechart.model import Spec
from wirechart.targets import statemachine
from wirechart.targets.guard_functions import Function, function

HERE = Span(1, 1, 1, 2)
QUICK = settings(
    max_examples=40,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
LONG = "a_name_that_is_exactly_forty_characters_"

SPEC = """
wirechart: 1
protocol: link
limits: {idle: 10 s, few: 2}
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
  Hello: {code: 1, payload: none}
  Put: {code: 2, payload: {fields: {key: u16}}}
  End: {code: 3, payload: none}
machine:
  role: receiver
  initial: Open
  states:
    Open:
      initial: Empty
      on: {Put: {to: Filled, put: {entries: {message.key: message.key}}}, End: Done}
      otherwise: {reply: Error, to: Failed}
      on_eof: {to: Failed}
      on_idle: {after: limits.idle, to: Failed}
      states:
        Empty: {on: {Hello: stay}}
        Filled: {data: {entries: {map: {u16: u16}, max: limits.few}}}
    Done: {final: success}
    Failed: {data: {cause: cause}, final: failure}
"""


def body(*conditions: str) -> tuple[str, ...]:
    return function("when", tuple(parse(text, HERE) for text in conditions)).lines


@pytest.mark.parametrize(
    ("condition", "line"),
    [
        ("message.version == 0", "return message.version == 0"),
        ("5 <= message.length", "return message.length >= 5"),
        ("limits.few < size(state.slots)", "return len(data.slots) > LIMIT_FEW"),
        ("not message.a == 1", "return message.a != 1"),
        ("not (message.a == 1 and message.b < 2)", "return not (message.a == 1 and message.b < 2)"),
        ("message.slot not in state.slots", "return message.slot not in data.slots"),
        ("state.paused == true", "return data.paused"),
        ("state.paused != true", "return not data.paused"),
        ("false == state.paused", "return not data.paused"),
        ("context.flags & 0xff == 0x1F", "return context.flags & 0xFF == 0x1F"),
        ("message.a + message.b <= 2^64", "return message.a + message.b <= 2**64"),
    ],
)
def test_a_guard_is_written_as_one_writes_python(condition: str, line: str) -> None:
    assert body(condition) == (f"    {line}",)


def test_several_conditions_are_joined_and_keep_their_parts_together() -> None:
    assert body("message.a == 1 or message.a == 2", "message.b == 3") == (
        "    return (message.a == 1 or message.a == 2) and message.b == 3",
    )


def test_a_function_takes_only_what_it_looks_at() -> None:
    made = function("when", (parse("state.a < context.b", HERE),))

    assert made == Function("when", ("data", "context"), ("    return data.a < context.b",))


def test_a_guard_too_long_for_a_line_is_taken_apart() -> None:
    assert body(f"message.{LONG} + 1 <= context.{LONG}") == (
        f"    part_1 = message.{LONG}",
        "    part_2 = part_1 + 1",
        f"    part_3 = context.{LONG}",
        "    return part_2 <= part_3",
    )


@pytest.mark.parametrize(
    ("entries", "after"), [({}, "Filled"), ({1: 1}, "Filled"), ({1: 1, 2: 2}, "Failed")]
)
def test_an_inherited_reaction_is_refused_where_the_map_that_an_inner_state_brings_is_full(
    entries: dict[int, int], after: str
) -> None:
    made = statemachine.chart_class(build(read(SPEC)))
    machine = made(start_value="Filled")

    statemachine.happened(
        machine, "message_put", SimpleNamespace(key=7), SimpleNamespace(entries=entries), None
    )

    assert {state.id for state in machine.configuration if state.is_atomic} == {after}


def test_a_guard_that_all_states_inside_overrule_looks_at_their_data() -> None:
    text = SPEC.replace(
        "        Filled: {data: {entries: {map: {u16: u16}, max: limits.few}}}\n", ""
    )
    inside = """
        Around:
          initial: Filled
          data: {entries: {map: {u16: u16}, max: limits.few}}
          on: {Hello: {to: stay, if: size(state.entries) == 1}}
          states:
            Filled: {on: {Hello: stay}}
            Other: {on: {Hello: Filled, Put: Other}}
"""
    written = text.replace("    Done: {final", f"{inside[1:]}    Done: {{final")

    chart = statemachine.files(build(read(written)), "x.yaml")["generated/link/chart.py"]

    assert 'def when_around_hello(data: "states.Filled | states.Other") -> bool:\n' in chart


def test_transitions_stand_with_the_state_that_declares_them() -> None:
    text = statemachine.text(build(read(SPEC)), "spec/link.yaml")

    assert text[text.index("    composite(Open)") :] == (
        "    composite(Open).to(Open.Filled, event=message_put)\n"
        "    composite(Open).to(Done, event=message_end)\n"
        '    composite(Open).to(STAY, event=message_hello, on="fault_refused")\n'
        "    composite(Open).to("
        "Failed, event=[fault_refused, fault_malformed, fault_handler_error])\n"
        "    composite(Open).to(Failed, event=fault_eof)\n"
        "    composite(Open).to(Failed, event=fault_idle)\n"
        "\n"
        "    Open.Empty.to(STAY, event=message_hello)\n"
        "\n"
        "    Open.Filled.to(Open.Filled, event=message_put, cond=when_filled_put)\n"
        '    Open.Filled.to(STAY, event=message_put, on="fault_refused")\n'
    )


@given(specs())
@QUICK
def test_a_random_chart_is_laid_out_as_ruff_does(spec: Spec) -> None:
    text = statemachine.text(build(spec), "spec/random.yaml")

    assert formatted(text) == text


def formatted(text: str) -> str:
    """As `ruff format` leaves it."""
    command = [sys.executable, "-m", "ruff", "format", "--line-length", "100", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return done.stdout


@given(spec_texts())
@QUICK
def test_random_specs_are_legal(text: str) -> None:
    findings = check(text).findings

    assert not failed(findings), findings
