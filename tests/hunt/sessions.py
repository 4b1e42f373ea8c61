"""One peer, two receivers: what each of them shows, up to the first difference. Judges nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from hunt.packages import Answerer, Running
from hunt.peers import Doing, Peer
from wirechart import layout
from wirechart.model import Spec

LONGEST = 24  # things that a peer does


@dataclass(frozen=True)
class Shown:
    """What a receiver shows of a step: to its peer, then to the program that owns it."""

    reply: bytes
    closes: bool
    ending: str  # success or failure; empty: it goes on
    told: tuple[object, ...]  # what only the program hears: causes, and values of `set`
    state: str

    def __str__(self) -> str:
        how = f"ends in {self.ending}, in" if self.ending else "is in"
        told = "".join(f", {each}" for each in self.told if each != "")
        return (
            f"{self.reply.hex() or 'no reply'}, {how} {self.state}{told}{', closes' * self.closes}"
        )


@dataclass(frozen=True)
class Session:
    """What a peer did, and what came of it at the last step."""

    done: tuple[Doing, ...]
    own: Shown
    other: Shown
    taken: bool  # the last message, by the receiver of the peer's own spec

    @property
    def differs(self) -> bool:
        """Whether anybody sees a difference."""
        return self.parts or self.own.told != self.other.told

    @property
    def parts(self) -> bool:
        """Whether the peer sees one, or the connection of one of the two ends otherwise."""
        own, other = self.own, self.other
        return (own.reply, own.closes, own.ending) != (other.reply, other.closes, other.ending)

    @property
    def harms(self) -> bool:
        """Whether the peer has lost what the receiver of its own spec gives it."""
        last, own, other = self.done[-1], self.own, self.other
        if not self.parts:
            return False
        if last.then == "silence":
            return not (own.ending and not other.ending) and own.closes <= other.closes
        if last.then == "eof":
            return True
        return self.taken


def sessions(
    own: Answerer, other: Answerer, numbers: tuple[int, ...], random: Random, count: int
) -> Iterator[Session]:
    """So many random peers that keep to `own`, mostly."""
    for _ in range(count):
        yield _session(own, other, Peer(own, other, numbers, random))


def _session(own: Answerer, other: Answerer, peer: Peer) -> Session:
    agreed = peer.agreed()
    one, two = own.begin(agreed), other.begin(agreed)
    done: list[Doing] = []
    while True:
        for doing in peer.doing(one.state):
            done.append(doing)
            before = one.state
            replies = played(one, doing), played(two, doing)
            told = _told(one, two, _set(own) & _set(other))
            shown = [_shown(*each) for each in zip((one, two), replies, told, strict=True)]
            taken = not doing.failing and _taken(own, before, doing.message, shown[0])
            session = Session(tuple(done), shown[0], shown[1], taken)
            over = shown[0].closes or shown[1].closes or len(done) >= LONGEST
            if over or session.differs:
                return session


def played(it: Running, doing: Doing) -> bytes:
    """The replies to a step."""
    calls = len(it.watched.calls)
    it.failing[:] = range(calls + 1, calls + 9) if doing.failing else ()
    if doing.then == "eof":
        return it.ended()
    if doing.then == "silence":
        return it.waited(doing.seconds)
    return it.fed(doing.header, doing.payload, doing.early, doing.descriptors)


def _shown(it: Running, reply: bytes, told: tuple[object, ...]) -> Shown:
    receiver = it.receiver
    ending = "" if receiver.termination is None else "failure" if receiver.failed else "success"
    return Shown(reply, receiver.finished, ending, told, it.state)


def _told(one: Running, two: Running, names: set[str]) -> tuple[tuple[object, ...], ...]:
    """What each program hears, as far as both hear anything."""
    last = [each.receiver.termination or each.receiver.state for each in (one, two)]
    shared = [name for name in sorted(names) if all(hasattr(each, name) for each in last)]
    causes = [each.receiver.failure for each in (one, two)]
    named = [cause.name for cause in causes] if None not in causes else ["", ""]
    values = [[getattr(each, name) for name in shared] for each in last]
    return tuple((name, *held) for name, held in zip(named, values, strict=True))


def _set(side: Answerer) -> set[str]:
    """The data that a transition writes a value into."""
    return {item.name.name for row in side.machine.table for o in row.outcomes for item in o.set}


def _taken(own: Answerer, before: str, message: str, shown: Shown) -> bool:
    """Whether it was handled, by what the table says of handling it."""
    row = own.machine.rows.get((before, message))
    well = [o for o in row.outcomes if o.kind == "handled"] if row else []
    replies = {(o.target, o.reply) for o in well}
    return (shown.state, reply_name(own.chart.spec, shown.reply)) in replies


def reply_name(spec: Spec, data: bytes) -> str | None:
    """The first reply in these bytes, by name; None: there is none."""
    placed = next(p for p in layout.reply(spec) if p.field.name == spec.wire.status.name)
    value = int.from_bytes(data[placed.offset : placed.end], spec.wire.byte_order)
    return next((c.name for c in spec.wire.replies if data and c.value == value), None)
