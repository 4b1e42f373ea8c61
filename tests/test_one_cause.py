"""One cause is one finding: what follows from a mistake is not said beside it."""

import pytest

from test_stand_ins import LINK
from wirechart import build
from wirechart.diagnostics import Finding, Span

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


@pytest.mark.parametrize(
    ("name", "wrong", "line", "meant"),
    [
        ("Hello", "SAY_HELLO", 16, "SayHello"),
        ("Failed", "Échec", 39, "Echec"),
        ("Done", "all_done", 38, "AllDone"),
    ],
)
def test_a_thing_without_a_proper_name_is_said_where_it_is_declared(
    name: str, wrong: str, line: int, meant: str
) -> None:
    (said,) = found(SOUND.replace(name, wrong))

    assert (said.code, said.span.line) == ("STR008", line)
    assert said.help.rpartition(", ")[2] == f"such as `{meant}`"


FLAT = SOUND.replace(
    SOUND[SOUND.index("    Open:") : SOUND.index("    Done:")],
    """\
    Waiting:
      on: {Hello: Ready}
    Ready:
      data: {disk: memory}
      on: {Block: stay, Table: Late, End: Done}
    Late:
      data: {disk: memory}
      on: {Table: stay, End: Done}
""",
).replace("initial: Open", "initial: Waiting")


def test_what_no_state_of_a_machine_says_is_said_once() -> None:
    failure = FLAT[FLAT.index("    Failed:") :]

    undecided, ended, silent = found(FLAT.replace(failure, ""))

    others = ((Span(32, 5, 32, 10), "nor does this"), (Span(35, 5, 35, 9), "nor does this"))
    assert [(each.code, each.span.line, each.related) for each in (undecided, ended, silent)] == [
        ("DET001", 30, others),
        ("END001", 30, others),
        ("END002", 30, others),
    ]
    assert undecided.message == (
        "`Waiting`, `Ready` and `Late` do not decide every request: they have no `on_refused`, "
        "`on_malformed` and `on_handler_error`"
    )
    assert undecided.help == "write `otherwise: {reply: Error, to: …}` in a state around them"
    assert ended.message == (
        "`Waiting`, `Ready` and `Late` do not say what happens when the stream ends"
    )


def test_what_some_states_do_not_say_is_said_of_each() -> None:
    eof = "\n      on_eof: {to: Failed}"

    findings = found(FLAT.replace("on: {Hello: Ready}", "on: {Hello: Ready}" + eof))

    assert [(each.code, each.span.line) for each in findings] == [
        ("DET001", 30),
        ("END002", 30),
        ("END001", 33),
        ("END001", 36),
    ]


def test_a_limit_of_another_kind_than_all_its_uses_is_one_mistake() -> None:
    text = SOUND.replace("table: 4 KiB", "table: 4").replace("limits.block", "limits.table")

    (said, unused) = sorted(found(text), key=lambda each: each.code, reverse=True)

    assert (unused.code, said.code, said.span) == ("REF020", "WIR020", Span(3, 25, 3, 30))
    assert said.message == "`limits.table` is a count (`4`), and used as a size"
    assert [label for _, label in said.related] == ["a size is needed here"] * 2


def test_a_name_of_nothing_is_said_once_with_all_its_uses() -> None:
    text = SOUND.replace("to: Failed", "to: Fialed").replace(
        "limits.idle, to: Fialed", "limits.idle, to: Failed"
    )

    (said,) = found(text)

    assert said.code == "REF001"
    assert [label for _, label in said.related] == ["and here"]


def test_what_stands_inside_a_second_state_of_a_name_is_not_judged() -> None:
    ready = "Ready: {initial: Inner, states: {Inner: {on: {End: Done}}}}"
    again = f"        Again: {{initial: Ready, states: {{{ready}}}}}\n"
    text = SOUND.replace("    Done: {", f"{again}    Done: {{")

    assert [finding.code for finding in found(text)] == ["RCH007", "RCH007", "REF013"]
