"""What must hold of a receiver whatever its peer and its handlers do."""

from collections.abc import Sequence
from itertools import chain

from fuzz import framing
from fuzz.invariants import Violation, hold, nothing_left
from fuzz.receivers import Role, Run, cut, play, whole
from fuzz.scripts import Case, Piece

from ch_migration.runtime import MessageArrived

ENDED = frozenset({"Completed", "Aborted", "Drained", "Served", "Failed"})
SUCCESS = "Completed"


def verify(role: Role, case: Case) -> None:
    """Play a case in three ways and judge what came of it.

    Raises:
        Violation: an invariant does not hold.
    """
    with nothing_left():
        _verify(role, case)


def _verify(role: Role, case: Case) -> None:
    at_once = _played(role, case, at_once=True, observed=False)
    watched = _played(role, case, at_once=True, observed=True)
    pieces = _played(role, case, at_once=False, observed=True)
    _same(case, at_once, watched, "observed")
    _same(case, watched, pieces, "byte by byte")
    if not pieces.interrupted:
        _judge(role, case, pieces)


def _played(role: Role, case: Case, *, at_once: bool, observed: bool) -> Run:
    try:
        run = play(role, case, whole if at_once else cut, observed=observed)
    except Violation:
        raise
    except Exception as error:
        raise Violation(f"{type(error).__name__} was raised: {error}") from error
    world = run.world
    left = [descriptor for descriptor in world.descriptors if not descriptor.closed]
    hold(not left, f"{len(left)} of {len(world.descriptors)} descriptors are not closed")
    closed = [memory.closed for memory in world.memories]
    hold(closed == [1] * len(closed), f"memory was closed {closed} times")
    return run


def _same(case: Case, one: Run, other: Run, how: str) -> None:
    hold(one.interrupted == other.interrupted, f"interrupted only when not {how}, or only then")
    if one.interrupted:
        return
    for first, second in zip(one.seen, other.seen, strict=True):
        hold(first == second, f"{how} it is {second!r:.200} and otherwise {first!r:.200}")
    # A stray descriptor refuses its request; how much was written by then is open.
    hold(case.descriptors or one.writes == other.writes, f"{how} other contents are written")


def _judge(role: Role, case: Case, run: Run) -> None:
    """Compare what a receiver did with what the stream says."""
    stream = b"".join(step.data for step in case.steps if isinstance(step, Piece))
    requests = tuple(framing.requests(stream, memory=role.memory))
    arrived = [event for event in run.events if isinstance(event, MessageArrived)]
    _framed(case, run, requests, arrived)
    running = [event.code for event in arrived if event.state not in ENDED]
    late = [event.code for event in arrived if event.state in ENDED]
    answered = len(running) + (role.main and framing.ABANDON in late)
    statuses = _statuses(run.replies, payloads=not role.memory)
    hold(len(statuses) == answered, f"{len(statuses)} replies to {answered} requests")
    accepted = _accepted(running, statuses)
    success = run.ended.startswith(SUCCESS)
    if role.main:
        hold(framing.in_order(run.begun, accepted), f"{accepted} are accepted in {run.begun}")
        hold(success == (accepted[-1:] in ([5], [8])), f"{run.ended} after {accepted}")
    if role.memory and not case.trick and (success or run.ended == "Drained"):
        _written(run, requests[: len(running)])


def _framed(
    case: Case,
    run: Run,
    requests: Sequence[framing.Request],
    arrived: Sequence[MessageArrived],
) -> None:
    """Every complete header is seen, and nothing else is taken for one."""
    found = [(event.code, event.size) for event in arrived]
    expected = [(request.code, request.size) for request in requests]
    hold(found == expected[: len(found)], f"the requests are {expected}, not {found}")
    # Descriptors that belong nowhere may hide where the next request begins.
    complete = run.finished or case.descriptors or len(found) == len(expected)
    hold(complete, f"only {len(found)} of {len(expected)} requests are seen")


def _statuses(replies: bytes, *, payloads: bool) -> list[int]:
    statuses: list[int] = []
    at = 0
    while at < len(replies):
        hold(len(replies) - at >= framing.HEADER.size, "half a reply is made")
        status, size = framing.HEADER.unpack_from(replies, at)
        hold(payloads or not size, f"a reply announces {size} bytes")
        statuses.append(status)
        at += framing.HEADER.size + size
    hold(at == len(replies), "a reply is shorter than it announces")
    return statuses


def _accepted(running: Sequence[int], statuses: Sequence[int]) -> list[int]:
    """The requests that were answered Ok, an Abandon not counted: only the last one is not."""
    statuses = statuses[: len(running)]
    hold(
        all(status == framing.OK for status in statuses[:-1]),
        f"it goes on after a refusal: {statuses}",
    )
    codes = zip(running, statuses, strict=True)
    return [code for code, status in codes if status == framing.OK and code != framing.ABANDON]


def _written(run: Run, requests: Sequence[framing.Request]) -> None:
    """All contents were written, in their order, to where they belong."""
    expected = framing.joined(chain.from_iterable(request.writes for request in requests))
    found = framing.joined(chain.from_iterable(memory.writes for memory in run.world.memories))
    hold(found == expected, f"{len(found)} writes are made, and {len(expected)} announced")
