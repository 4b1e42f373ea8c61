"""One cause is one finding: what follows from a mistake is not said beside it."""

import pytest

from test_stand_ins import LINK
from wirechart import build
from wirechart.diagnostics import Finding

SOUND = LINK.replace("Faild", "Failed")
HELD = "{data: {disk: memory, hello: Hello}, on: {Block: stay, End: Done}}"
MAP = "{map: {u16: u16}, max: limits.count}"
MANY = (
    SOUND.replace("idle: 10 s", "idle: 10 s, count: 4")
    .replace("data: {disk: memory}", f"data: {{disk: memory, kept: {MAP}}}")
    .replace(
        "Block: stay",
        "Hello: {to: stay, if: message.version not in state.kept, "
        "put: {kept: {message.version: message.version}}}, Block: stay",
    )
)
CARRIED = (
    SOUND.replace("data: {disk: memory}", "data: {disk: memory, hello: Hello}")
    .replace("Block: stay", "Block: More")
    .replace("    Done: {", f"        More: {HELD}\n    Done: {{")
)


def found(text: str) -> tuple[Finding, ...]:
    return build.check(text).findings


def test_the_specs_below_are_sound() -> None:
    assert (found(SOUND), found(MANY), found(CARRIED)) == ((), (), ())


@pytest.mark.parametrize(
    ("text", "old", "new", "code"),
    [
        (MANY, "not in state.kept", "not in state.kpet", "REF010"),
        (SOUND, "at + of <= 2^40", "at + off <= 2^40", "REF009"),
        (
            CARRIED,
            "hello: Hello}, on: {Block: stay,",
            "hello: Helo}, on: {Block: stay,",
            "REF007",
        ),
        (SOUND, "      on_idle: {after: limits.idle, to: Failed}\n", "", "END002"),
        (SOUND, "        Ready:", "        Nest: {final: success}\n        Ready:", "RCH008"),
        (SOUND, "limits.block", "limits.blcok", "REF004"),
        (MANY, "count: 4", "", "REF004"),
    ],
)
def test_what_follows_from_a_mistake_is_not_said(text: str, old: str, new: str, code: str) -> None:
    assert old in text

    assert [finding.code for finding in found(text.replace(old, new, 1))] == [code]


def test_a_name_of_nothing_is_said_once_with_all_its_uses() -> None:
    text = SOUND.replace("to: Failed", "to: Fialed").replace(
        "limits.idle, to: Fialed", "limits.idle, to: Failed"
    )

    (said,) = found(text)

    assert said.code == "REF001"
    assert [label for _, label in said.related] == ["and here"]
