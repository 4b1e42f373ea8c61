"""Requirements 1 and 8, as two type checkers see them: what must not be written is an error."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

import ch_migration
from checkers import Finding, Findings, check

PACKAGES = Path(ch_migration.__file__).parent.parent

SNIPPETS: Mapping[str, str] = {
    "all_is_well.py": """\
from ch_migration import Complete, Configured, Defaults, Handlers, Memory, MemoryFdsReceived
from ch_migration import Payload, Receiver, Receiving, Running, Termination, step


class Counting(Defaults):
    def memory(self, state: Configured, message: Memory, payload: Payload) -> Receiving[Configured]:
        print(len(message.table), payload.size)
        yield from payload.scatter(state.memory)
        return state


def slots(state: MemoryFdsReceived) -> list[int]:
    return list(state.memory_fds)


def stepped(state: Running) -> Running | Termination:
    return step(handlers, state, Complete())[0]


handlers: Handlers = Counting()
receiver = Receiver(handlers)
""",
    "asking_is_well.py": """\
import socket

from ch_migration import Complete, Config, MemoryFd, Start, State
from ch_migration.pager import Fetching, PageFault
from ch_migration.pager import Sender as Pager
from ch_migration.source import Completed, Connected, Sender


def migrate(peer: socket.socket, config: Config, shared: MemoryFd, state: State) -> Completed:
    with Sender(peer) as sender:
        started = sender.send(Connected(), Start(version=0))
        configured = sender.send(sender.send(started, shared), config)
        return sender.send(sender.send(configured, state), Complete())


def filled(pager: Pager, page: memoryview) -> bytes:
    _, content = pager.send(Fetching(), PageFault(gpa=0, length=4096), into=page)
    return bytes(content)
""",
    "asking_too_early.py": """\
from ch_migration import State
from ch_migration.source import Sender, Started


def hurry(sender: Sender, state: Started, message: State) -> None:
    sender.send(state, message)
""",
    "asking_after_the_end.py": """\
from ch_migration import Complete
from ch_migration.source import Completed, Sender


def again(sender: Sender, state: Completed) -> None:
    sender.send(state, Complete())
""",
    "asking_without_contents.py": """\
from ch_migration import Memory
from ch_migration.source import Configured, Sender


def forget(sender: Sender, state: Configured, message: Memory) -> None:
    sender.send(state, message)
""",
    "asking_for_too_much.py": """\
from ch_migration import State
from ch_migration.source import Configured, Sender, Started


def believe(sender: Sender, state: Configured, message: State) -> Started:
    return sender.send(state, message)
""",
    "absent_data.py": """\
from ch_migration import Configured


def slots(state: Configured) -> None:
    print(state.memory_fds)
""",
    "wrong_result.py": """\
from ch_migration import Config, Configured, Defaults, MemoryFdsReceived, Started


class Hurried(Defaults):
    def config(self, state: Started | MemoryFdsReceived, message: Config) -> Configured:
        return Started()
""",
    "wrong_handler.py": """\
from ch_migration import Complete, Defaults, Handlers, StateReceived


class Hurried(Defaults):
    def complete(self, state: StateReceived, message: Complete) -> StateReceived:
        return state


handlers: Handlers = Hurried()
""",
    "stepped_termination.py": """\
from ch_migration import Complete, Completed, Defaults, step


def again(ended: Completed) -> None:
    step(Defaults(), ended, Complete())
""",
    "unhandled_message.py": """\
from ch_migration import Established, Receiver, Start, Started


class Forgetful:
    def start(self, state: Established, message: Start) -> Started:
        return Started()


receiver = Receiver(Forgetful())
""",
    "unhandled_ending.py": """\
from typing import assert_never

from ch_migration import Completed, Termination


def told(ending: Termination) -> str:
    match ending:
        case Completed():
            return "completed"
        case _:
            assert_never(ending)
""",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Findings]:
    """What mypy and pyright say of the snippets."""
    base = tmp_path_factory.getbasetemp()
    # Workers of one run have their folders in a common one.
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "snippets"
    folder.mkdir(exist_ok=True)
    for name, text in SNIPPETS.items():
        (folder / name).write_text(text)
    return check(folder, PACKAGES)


@pytest.mark.parametrize(
    ("checker", "expected"),
    [
        ("mypy", (("attr-defined", 5),)),
        (
            "pyright",
            (
                ("reportAttributeAccessIssue", 5),
                ("reportUnknownArgumentType", 5),
                ("reportUnknownMemberType", 5),
            ),
        ),
    ],
)
def test_requirement_1_what_did_not_arrive_yet_cannot_be_touched(
    checker: str, expected: tuple[Finding, ...], found: Mapping[str, Findings]
) -> None:
    assert found[checker]["absent_data.py"] == expected


@pytest.mark.parametrize(
    ("checker", "file", "expected"),
    [
        ("mypy", "wrong_result.py", (("return-value", 6),)),
        ("pyright", "wrong_result.py", (("reportReturnType", 6),)),
        ("mypy", "wrong_handler.py", (("assignment", 9), ("override", 5))),
        (
            "pyright",
            "wrong_handler.py",
            (("reportAssignmentType", 9), ("reportIncompatibleMethodOverride", 5)),
        ),
        ("mypy", "unhandled_message.py", (("arg-type", 9),)),
        ("pyright", "unhandled_message.py", (("reportArgumentType", 9),)),
    ],
)
def test_requirement_1_a_handler_leads_where_the_spec_says_and_none_is_forgotten(
    checker: str, file: str, expected: tuple[Finding, ...], found: Mapping[str, Findings]
) -> None:
    assert found[checker][file] == expected


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_requirement_1_a_right_program_passes(checker: str, found: Mapping[str, Findings]) -> None:
    assert "all_is_well.py" not in found[checker]
    assert "asking_is_well.py" not in found[checker]


@pytest.mark.parametrize(
    ("checker", "file", "expected"),
    [
        ("mypy", "asking_too_early.py", (("call-overload", 6),)),
        ("pyright", "asking_too_early.py", (("reportArgumentType", 6), ("reportCallIssue", 6))),
        ("mypy", "asking_after_the_end.py", (("call-overload", 6),)),
        ("pyright", "asking_after_the_end.py", (("reportArgumentType", 6), ("reportCallIssue", 6))),
        ("mypy", "asking_without_contents.py", (("call-overload", 6),)),
        (
            "pyright",
            "asking_without_contents.py",
            (("reportArgumentType", 6), ("reportCallIssue", 6)),
        ),
        ("mypy", "asking_for_too_much.py", (("return-value", 6),)),
        ("pyright", "asking_for_too_much.py", (("reportReturnType", 6),)),
    ],
)
def test_what_may_be_asked_where_is_a_matter_of_types(
    checker: str, file: str, expected: tuple[Finding, ...], found: Mapping[str, Findings]
) -> None:
    assert found[checker][file] == expected


@pytest.mark.parametrize(
    ("checker", "file", "expected"),
    [
        ("mypy", "stepped_termination.py", (("arg-type", 5),)),
        ("pyright", "stepped_termination.py", (("reportArgumentType", 5),)),
        ("mypy", "unhandled_ending.py", (("arg-type", 11),)),
        ("pyright", "unhandled_ending.py", (("reportArgumentType", 11),)),
    ],
)
def test_requirement_8_a_termination_cannot_be_stepped(
    checker: str, file: str, expected: tuple[Finding, ...], found: Mapping[str, Findings]
) -> None:
    assert found[checker][file] == expected
