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
