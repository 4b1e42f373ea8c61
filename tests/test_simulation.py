"""`wirechart simulate` without a terminal: scripts, and a conversation."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from random_specs import read
from shell import Done, Shell
from wirechart.chart import Chart, build
from wirechart.simulation import Misunderstood, interactive, simulate
from wirechart.walk import walk_line

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
FLAGSHIP = str(ROOT / "spec/ch-migration.yaml")


@pytest.fixture(scope="module")
def migration() -> Chart:
    return build(read((ROOT / "spec/ch-migration.yaml").read_text()))


@pytest.fixture(scope="module")
def nbd() -> Chart:
    return build(read((ROOT / "tests/specs/nbd-transmission.yaml").read_text()))


def walk(chart: Chart, script: str) -> list[str]:
    """A script's lines are separated by `; `."""
    return list(simulate(chart, script.split("; ")))


def conversation(chart: Chart, *said: str) -> list[str]:
    """All that is told to someone who says this and hangs up, prompts included."""
    told: list[str] = []
    lines: Iterator[str] = iter(said)

    def ask(prompt: str) -> str:
        line = next(lines, None)
        if line is None:
            raise EOFError
        told.append(prompt + line)
        return line

    interactive(chart, ask, told.append)
    return told


def test_a_step_is_shown_in_three_columns() -> None:
    assert (
        walk_line("Start", "Established", "Started", "Ok")
        == "Start            Established → Started                        Ok"
    )


def test_a_step_without_a_reply_says_so() -> None:
    assert (
        walk_line("eof", "Established", "Aborted", None)
        == "eof              Established → Aborted                        no reply"
    )


def test_a_script_walks_to_the_end(migration: Chart) -> None:
    assert walk(migration, "Start; Config; Memory; State; CompletePaused") == [
        "Start            Established → Started                        Ok",
        "Config           Started → Configured                         Ok",
        "Memory           Configured → Configured                      Ok",
        "State            Configured → StateReceived                   Ok",
        "CompletePaused   StateReceived → Completed                    Ok",
        "ended in Completed, a success (paused: True)",
    ]


def test_state_data_follows_the_data_flow_so_that_a_slot_sent_twice_is_refused(
    migration: Chart,
) -> None:
    assert walk(migration, "Start; MemoryFd slot=1; MemoryFd slot=0x2; MemoryFd slot=1") == [
        "Start            Established → Started                        Ok",
        "MemoryFd         Started → MemoryFdsReceived                  Ok",
        "MemoryFd         MemoryFdsReceived → MemoryFdsReceived        Ok",
        "MemoryFd         MemoryFdsReceived → Aborted                  Error",
        "refused: `message.slot not in state.memory_fds` does not hold",
        "ended in Aborted, a failure (cause: refused)",
        "lingers and answers: Abandon → Ok",
    ]


def test_a_comment_and_a_blank_line_do_nothing(migration: Chart) -> None:
    assert walk(migration, "# a session; ; Start") == [
        "Start            Established → Started                        Ok"
    ]


def test_context_changes_what_guards_see(nbd: Chart) -> None:
    assert walk(nbd, "Write length=1; context size=10; Write length=1; context flags=2; Write") == [
        "Write            Transmission → Transmission                  ENOSPC",
        "context: size=10, flags=0",
        "Write            Transmission → Transmission                  Ok",
        "context: size=10, flags=2",
        "Write            Transmission → Transmission                  EPERM",
    ]


def test_a_message_without_a_reply_gets_none(nbd: Chart) -> None:
    assert walk(nbd, "Disconnect") == [
        "Disconnect       Transmission → Closed                        no reply",
        "ended in Closed, a success",
    ]


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("malformed Write", "EOVERFLOW"),
        ("fail Flush", "EIO"),
        ("BlockStatus", "EINVAL"),  # reserved
        ("unknown", "EINVAL"),
    ],
)
def test_what_goes_wrong_has_its_own_reply(nbd: Chart, line: str, reply: str) -> None:
    shown = line.removeprefix("malformed ").removeprefix("fail ").split()[0]

    steps = walk(nbd, line)

    assert steps == [walk_line(shown, "Transmission", "Transmission", reply)]


def test_a_message_is_refused_for_its_guard_before_its_handler_could_fail(nbd: Chart) -> None:
    assert walk(nbd, "fail Trim offset=1") == [
        "Trim             Transmission → Transmission                  EINVAL",
        "refused: `message.offset + message.length <= context.size` does not hold",
    ]


def test_a_malformed_message_that_no_state_takes_is_refused(migration: Chart) -> None:
    assert walk(migration, "malformed Config")[:2] == [
        "Config           Established → Aborted                        Error",
        "ended in Aborted, a failure (cause: refused)",
    ]


def test_a_failure_lingers_until_the_first_answer(migration: Chart) -> None:
    assert walk(migration, "State; Start; Abandon")[-2:] == [
        "Start            Aborted → Aborted                            no reply",
        "Abandon          Aborted → Aborted                            Ok",
    ]


def test_an_abandoned_migration_does_not_linger(migration: Chart) -> None:
    with pytest.raises(Misunderstood) as caught:
        walk(migration, "Abandon; Abandon")

    assert str(caught.value) == "line 2: `Abandon`: the connection is closed; `undo` goes back"


def test_undo_goes_back_with_the_data(migration: Chart) -> None:
    script = "Start; MemoryFd slot=1; MemoryFd slot=1; undo; MemoryFd slot=2"

    assert walk(migration, script)[-2:] == [
        "back in MemoryFdsReceived",
        "MemoryFd         MemoryFdsReceived → MemoryFdsReceived        Ok",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Strt", "`Strt`: no message or command; did you mean `Start`?"),
        ("malformed Strt", "`Strt`: no message or command; did you mean `Start`?"),
        ("undu", "`undu`: no message or command; did you mean `undo`?"),
        ("undo", "`undo`: nothing has happened yet"),
        ("lost", "`lost`: cannot happen in Established"),
        ("Start vresion=1", "`vresion=1`: write NAME=VALUE; did you mean `version`?"),
        ("Start version=one", "`one`: `version` is a number"),
        ("Start version=65536", "`65536`: does not fit `version`, which is u16"),
    ],
)
def test_what_is_not_understood_is_explained_and_changes_nothing(
    migration: Chart, line: str, said: str
) -> None:
    told = conversation(migration, line, "Start")

    beginning = told.index(f"Established> {line}")
    assert told[beginning + 1 : beginning + 4] == [
        said,
        "Established> Start",
        "Start            Established → Started                        Ok",
    ]


def test_a_conversation_shows_what_can_happen_in_every_state(migration: Chart) -> None:
    assert conversation(migration, "Start", "quit", "Start") == [
        "Established",
        (
            "  Start version=…                    → Started  Ok                  "
            "if message.version == 0"
        ),
        "  Abandon                            → Aborted  Ok",
        (
            "  any other message                  → Aborted  Error               "
            "Config, State, Memory, Complete, MemoryFd, CompletePaused"
        ),
        "  unknown                            → Aborted  Error",
        "  malformed MESSAGE                  → Aborted  Error",
        "  fail MESSAGE                       → Aborted  Error",
        "  eof                                → Aborted",
        "  idle                               → Aborted",
        "Established> Start",
        "Start            Established → Started                        Ok",
        "Started",
        "  Config                             → Configured  Ok",
        "  Abandon                            → Aborted  Ok",
        "  MemoryFd slot=…                    → MemoryFdsReceived  Ok",
        (
            "  any other message                  → Aborted  Error               "
            "Start, State, Memory, Complete, CompletePaused"
        ),
        "  unknown                            → Aborted  Error",
        "  malformed MESSAGE                  → Aborted  Error",
        "  fail MESSAGE                       → Aborted  Error",
        "  eof                                → Aborted",
        "  idle                               → Aborted",
        "Started> quit",
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Config payload=notjson", "`payload` is a JSON text: it is no part of a simulation; "),
        ("Memory table=3", "`table` is a table: it is no part of a simulation; "),
        ("MemoryFd memory=3", "`memory` is a descriptor: it is no part of a simulation; "),
    ],
)
def test_what_is_no_part_of_a_simulation_is_not_taken(
    migration: Chart, line: str, reason: str
) -> None:
    with pytest.raises(Misunderstood) as caught:
        walk(migration, line)

    help_ = f"{reason}`malformed MESSAGE` is one with a wrong payload"
    assert (caught.value.word, caught.value.help) == (line.split()[1], help_)


def test_help_says_what_a_message_has_and_where_it_is_handled(migration: Chart) -> None:
    assert conversation(migration, "help MemoryFd", "quit")[-7:-1] == [
        "MemoryFd slot=…",
        "  One slot of guest memory by descriptor; on unix sockets only.",
        "  slot: u32",
        "  memory: fd, no part of a simulation",
        "  in Started                         → MemoryFdsReceived  Ok",
        (
            "  in MemoryFdsReceived               → MemoryFdsReceived  Ok        "
            "if message.slot not in state.memory_fds and size(state.memory_fds) < limits.slots"
        ),
    ]


def test_help_about_nothing_names_what_is_near(migration: Chart) -> None:
    with pytest.raises(Misunderstood, match="did you mean `Memory`"):
        walk(migration, "help Memroy")


def test_who_hangs_up_finds_the_cursor_on_a_new_line(migration: Chart) -> None:
    assert conversation(migration)[-1] == ""


def test_a_further_machine_of_a_protocol_is_walked_through(shell: Shell) -> None:
    shell.put("walk", "Start\nConfig\neof\n")

    assert shell.run("simulate", FLAGSHIP, "--machine", "source", "--script", "walk") == Done(
        0,
        "Start            Connected → Started                          Ok\n"
        "Config           Started → Configured                         Ok\n"
        "eof              Configured → Resumed                         no reply\n"
        "ended in Resumed, a failure (cause: eof)\n",
        "",
    )


def test_a_machine_that_is_not_there_cannot_be_walked_through(shell: Shell) -> None:
    assert shell.run("simulate", FLAGSHIP, "--machine", "sorce") == Done(
        2,
        "",
        "wirechart: the protocol has no further machine `sorce`; did you mean `source`?\n",
    )
