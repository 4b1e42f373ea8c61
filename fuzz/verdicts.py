"""What must hold of a receiver whatever its peer and its handlers do."""

from collections.abc import Sequence
from itertools import chain

from fuzz import framing
from fuzz.invariants import Violation, hold, nothing_left
from fuzz.receivers import Role, Run, cut, play, whole
from fuzz.scripts import Case

from ch_migration.runtime import MessageArrived

ENDED = frozenset({"Completed", "Aborted", "Drained", "Served", "Failed"})
SUCCESS = {5: "Completed(paused=False)", 8: "Completed(paused=True)"}  # by code


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
    hold(case.attached or one.writes == other.writes, f"{how} other contents are written")


def _judge(role: Role, case: Case, run: Run) -> None:
    """Compare what a receiver did with what the stream says."""
    stream = b"".join(piece.data for piece in case.pieces)
    requests = tuple(framing.requests(stream, memory=role.memory))
    arrived = [event for event in run.events if isinstance(event, MessageArrived)]
    _framed(case, run, requests, arrived)
    running = [event.code for event in arrived if event.state not in ENDED]
    late = [event.code for event in arrived if event.state in ENDED]
    answered = len(running) + (role.main and framing.ABANDON in late)
    statuses = _statuses(run.replies, payloads=not role.memory)
    missing = answered - len(statuses)
    open_one = case.closed and run.ended == "None"  # given up inside a request
    hold(missing in (0, open_one), f"{len(statuses)} replies to {answered} requests")
    accepted = _accepted(requests, running, statuses)
    _attached(case, accepted)
    codes = [request.code for request in accepted if request.code != framing.ABANDON]
    success = run.ended in SUCCESS.values()
    if role.main:
        hold(framing.in_order(run.begun, codes), f"{codes} are accepted in {run.begun}")
        promised = SUCCESS.get(codes[-1] if codes else 0, "")
        hold(promised == (run.ended if success else ""), f"{run.ended} after {codes}")
    if role.memory and not case.trick and (success or run.ended == "Drained()"):
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
    # Where the next request begins is lost with half a table: by silence, or a stray descriptor.
    lost = case.attached or "PeerSilent" in run.ended
    complete = run.finished or lost or len(found) == len(expected)
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


def _accepted(
    requests: Sequence[framing.Request], running: Sequence[int], statuses: Sequence[int]
) -> list[framing.Request]:
    """The requests that were answered Ok: all of them, but maybe for the last one."""
    statuses = statuses[: len(running)]
    good = all(status == framing.OK for status in statuses[:-1])
    hold(good, f"it goes on after a refusal: {statuses}")
    answered = zip(requests, statuses, strict=False)
    return [request for request, status in answered if status == framing.OK]


def _attached(case: Case, accepted: Sequence[framing.Request]) -> None:
    """A request is accepted with the one descriptor that belongs to its payload, or with none."""
    attached = case.attached
    for request in accepted:
        whole = range(request.place.start - framing.HEADER.size, request.place.stop)
        came = [at for at in attached if at in whole]
        right = [at for at in came if at in request.place and attached[at].is_one]
        wanted = request.code == framing.MEMORY_FD
        hold(came == right and len(right) == wanted, f"{request.code} is accepted with {came}")


def _written(run: Run, requests: Sequence[framing.Request]) -> None:
    """All contents were written, in their order, to where they belong."""
    expected = framing.joined(chain.from_iterable(request.writes for request in requests))
    found = framing.joined(chain.from_iterable(memory.writes for memory in run.world.memories))
    hold(found == expected, f"{len(found)} writes are made, and {len(expected)} announced")
