"""What was asked for, requirement by requirement, holds in the generated package."""

import ast
import dataclasses
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

import ch_migration
from captures import Ram
from ch_migration import (
    Aborted,
    Complete,
    Completed,
    Config,
    Configured,
    Defaults,
    Established,
    Memory,
    MemoryFdsReceived,
    Payload,
    Receiver,
    Receiving,
    Running,
    Started,
    State,
    StateReceived,
    step,
)
from ch_migration.runtime import HandlerFailed, Json, MalformedMessage, Nowhere, RefusedMessage
from frames import COMPLETE, CONFIG, ERROR, OK, START, STATE

PACKAGE = Path(ch_migration.__file__).parent
SPEC = Path(__file__).parent.parent / "spec" / "ch-migration.yaml"

# One range of 4 096 bytes at address 8 192.
MEMORY = bytes.fromhex("0400000000000000100000000000000000200000000000000010000000000000")
EMPTY = Config(Json.of(b"{}"))


def test_requirement_1_each_state_carries_exactly_its_data() -> None:
    states = [Established, Started, MemoryFdsReceived, Configured, StateReceived]
    endings = [Completed, Aborted]

    fields = {
        state.__name__: {field.name for field in dataclasses.fields(state)}
        for state in [*states, *endings]
    }

    assert fields == {
        "Established": set(),
        "Started": set(),
        "MemoryFdsReceived": {"memory_fds"},
        "Configured": {"config", "memory"},
        "StateReceived": {"config", "memory", "state"},
        "Completed": {"paused"},
        "Aborted": {"cause"},
    }


def states() -> tuple[Running, ...]:
    """One of each kind."""
    return (
        Established(),
        Started(),
        MemoryFdsReceived({}),
        Configured(EMPTY, Nowhere()),
        StateReceived(EMPTY, Nowhere(), State(Json.of(b"{}"))),
    )


@pytest.mark.parametrize("code", [*range(11), 0x7777, 0xFFFF])
@pytest.mark.parametrize("length", [0, 2, 4, 16, 17])
@pytest.mark.parametrize("state", states(), ids=lambda state: type(state).__name__)
def test_requirement_2_every_request_is_answered_once(
    state: Running, code: int, length: int
) -> None:
    """Right or wrong, with a payload of zeros or without one; behind it the stream ends."""
    request = code.to_bytes(2, "little") + bytes(6) + length.to_bytes(8, "little") + bytes(length)
    with Receiver(Defaults(), state=state) as receiver:
        replies = receiver.feed(request) + receiver.eof()

    assert replies in (OK, ERROR)


class Failing(Defaults):
    """Cannot take a configuration."""

    def config(self, state: Started | MemoryFdsReceived, message: Config) -> Configured:
        del state, message
        raise OSError("no space left on device")


@pytest.mark.parametrize(
    ("handlers", "request_", "cause"),
    [
        pytest.param(Failing(), CONFIG, HandlerFailed, id="the handler fails"),
        pytest.param(Defaults(), CONFIG[:-2] + b"[]", MalformedMessage, id="malformed"),
        pytest.param(Defaults(), COMPLETE, RefusedMessage, id="refused"),
    ],
)
def test_requirement_3_any_error_is_answered_with_an_error(
    handlers: Defaults, request_: bytes, cause: type[Any]
) -> None:
    with Receiver(handlers, state=Started()) as receiver:
        replies = receiver.feed(request_)

        assert isinstance(receiver.termination, Aborted)
        assert type(receiver.termination.cause) is cause
        assert receiver.termination.cause.element == "machine.Receiving.otherwise"
        assert replies == ERROR


def calls(function: str) -> list[str]:
    """The calls of what ends in this name, in all of the package but its command and its tests."""
    return [
        ast.unparse(node)
        for path in PACKAGE.rglob("*.py")
        if "tests" not in path.parts and path.name not in ("testing.py", "command.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(function)
    ]


def test_requirement_4_replies_are_made_in_a_single_place() -> None:
    assert (len(calls("_replies.append")), len(calls("wire.encode"))) == (1, 1)


def test_requirement_5_the_machine_fits_on_a_screen() -> None:
    machine = SPEC.read_text().partition("\nmachine:\n")[2].partition("\nmachines:\n")[0]
    table = (PACKAGE / "table.py").read_text().partition("\nTABLE: ")[2].partition("\n}\n")[0]

    assert (len(machine.splitlines()), len(table.splitlines())) == (39, 33)


class Leaving(Defaults):
    """Takes as much of the contents as it is told to, and then does what it is told to."""

    def __init__(self, taken: int, error: BaseException | None) -> None:
        super().__init__()
        self.taken = taken
        self.error = error

    def memory(self, state: Configured, message: Memory, payload: Payload) -> Receiving[Configured]:
        del message
        yield from payload.read(self.taken)
        if self.error:
            raise self.error
        return state


@pytest.mark.parametrize("taken", [0, 1, 4095, 4096])
def test_requirement_6_what_a_handler_leaves_unread_is_drained(taken: int) -> None:
    with Receiver(Leaving(taken, None)) as receiver:
        replies = receiver.feed(START + CONFIG + MEMORY + b"\x07" * 4096 + STATE + COMPLETE)

    assert (replies, receiver.termination) == (OK * 5, Completed(paused=False))


@pytest.mark.parametrize("error", [OSError("full"), GeneratorExit(), StopIteration()])
@pytest.mark.parametrize("taken", [0, 1, 4095, 4096])
def test_requirement_6_whatever_a_handler_raises_desynchronises_nothing(
    taken: int, error: BaseException
) -> None:
    """Behind the contents, which would all be messages 7, an Abandon: it is understood."""
    abandon = bytes.fromhex("06000000000000000000000000000000")
    with Receiver(Leaving(taken, error)) as receiver:
        replies = receiver.feed(START + CONFIG + MEMORY + b"\x07" * 4096 + abandon)

    assert replies == OK + OK + ERROR + OK


def test_requirement_7_contents_go_straight_to_their_destination() -> None:
    ram = Ram()
    with Receiver(Defaults(memory=lambda: ram)) as receiver:
        receiver.feed(START + CONFIG + MEMORY)

        view = receiver.wants()
        assert view is not None
        view[:5] = b"hello"

        assert (view.nbytes, ram.content[8192:8197]) == (4096, b"hello")


def test_requirement_7_contents_never_lie_in_a_buffer_of_their_size() -> None:
    """64 MiB, of which no more than 2 are ever held, the receiver's other memory included."""
    size = 64 << 20
    request = bytes.fromhex("04000000000000001000000000000000") + bytes(8)
    tracemalloc.start()
    with Receiver(Defaults()) as receiver:
        receiver.feed(START + CONFIG + request + size.to_bytes(8, "little"))
        piece = bytes(1 << 16)
        replies = b"".join(receiver.feed(piece) for _ in range(size // len(piece)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert replies == OK
    assert peak < 2 << 20


def test_requirement_8_a_step_gives_a_running_state_or_a_termination() -> None:
    ready = StateReceived(EMPTY, Nowhere(), State(Json.of(b"{}")))

    configured = step(Defaults(), Started(), EMPTY)[0]
    assert isinstance(configured, Configured)
    assert step(Defaults(), ready, Complete()) == (Completed(paused=False), 1, b"")
    refused = Aborted(RefusedMessage(state="Started", message="Complete"))
    assert step(Defaults(), Started(), Complete()) == (refused, 2, b"")


def test_requirement_9_no_state_and_no_message_holds_what_may_be_missing() -> None:
    optional = [
        f"{name}: {ast.unparse(node)}"
        for name in ("states.py", "messages.py")
        for node in ast.walk(ast.parse((PACKAGE / name).read_text()))
        if isinstance(node, ast.AnnAssign)
        and ("None" in ast.unparse(node.annotation) or "Optional" in ast.unparse(node.annotation))
    ]

    assert optional == []


def test_requirement_12_handlers_keep_nothing_between_messages() -> None:
    handlers = Defaults()
    before = dict(vars(handlers))
    with Receiver(handlers) as receiver:
        receiver.feed(START + CONFIG + STATE + COMPLETE)

    assert vars(handlers) == before


def test_requirement_12_a_receiver_goes_on_from_nothing_but_a_state() -> None:
    """A state that another receiver has reached is all that is needed."""
    handlers = Defaults()
    first = Receiver(handlers)
    first.feed(START + CONFIG)
    with Receiver(handlers, state=first.state) as second:
        replies = second.feed(MEMORY + bytes(4096) + STATE + COMPLETE)

    assert (replies, second.termination) == (OK * 3, Completed(paused=False))
