"""How the connections of two specs meet. Knows first bytes and transports; searches nothing."""

from typing import TYPE_CHECKING

from wirechart import chart as charts
from wirechart import layout
from wirechart.compat import octets
from wirechart.compat.conversation import between
from wirechart.compat.reading import is_sent
from wirechart.model import TRANSPORTS
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.compat.conversation import Talk
    from wirechart.model import Connection, Message, Spec

ROLES = "it is not so that one side asks on it, and the other answers"
NO_TRANSPORT = "they share no transport"


@record
class Lane:
    """One kind of connection, as its opener means it and the other side understands it."""

    name: str  # the opener's; empty: the only one, which has no name
    further: bool  # a session may do without it
    by_sender: bool  # who opens it
    talk: "Talk | None"  # None: nothing is understood
    closed: str = ""  # why that is so
    bare: bool = False  # only where the program that accepts it takes it without a preamble
    only_over: tuple[str, ...] = ()  # transports, where the other side does not take all of them
    most: int | None = None  # how many there may be, where the other side takes less


def lanes(sender: "Spec", receiver: "Spec") -> "Iterator[Lane]":
    """The first connection, then every further one that either side opens."""
    one, other = Side(sender, of_client=True), Side(receiver, of_client=False)
    yield _first(one, other)
    yield from _opened(one, other)
    yield from _opened(other, one)


def followed(receiver: "Spec", other: "Spec") -> "Iterator[Lane]":
    """The same of somebody who does all that one receiver takes, with another receiver."""
    one = Side(receiver, of_client=True, follows=True)
    yield _first(one, Side(other, of_client=False))
    yield from _opened(one, Side(other, of_client=False))


@record
class Side:
    """One end of a session: a spec, and whose machines of it count."""

    spec: "Spec"
    of_client: bool
    follows: bool = False  # nobody is described: it is the mirror of the other end's machines

    @property
    def role(self) -> str:
        """The name of its role."""
        wire = self.spec.wire
        return (wire.client if self.of_client else wire.server).name

    def on(self, kind: "Connection | None") -> "Spec | None":
        """The spec as the machine on a kind of connection sees it; None: there is none."""
        server = self.spec.wire.server.name
        role = server if self.follows else self.role
        return next(
            (
                view
                for view in charts.views(self.spec)
                if view.machine.role.name == role and charts.connection(view) == kind
            ),
            None,
        )

    def asks(self, view: "Spec") -> bool:
        """Whether this end sends the requests where that machine is."""
        return charts.asks(view) != self.follows


def _opened(opener: Side, other: Side) -> "Iterator[Lane]":
    for kind in opener.spec.connections:
        further = kind.opener.name == opener.role and not charts.is_first(kind)
        if further and opener.on(kind) is not None:
            yield _further(opener, kind, other)


def _plain(spec: "Spec") -> "Connection | None":
    return next((kind for kind in spec.connections if charts.is_first(kind)), None)


def _first(sender: Side, receiver: Side) -> Lane:
    mine, theirs = _plain(sender.spec), _plain(receiver.spec)
    over, missing = _transports(mine, theirs)
    talk = _talk(sender, mine, receiver, theirs) if over else None
    closed = "" if talk else (ROLES if over else NO_TRANSPORT)
    return Lane(mine.name if mine else "", False, True, talk, closed, False, missing)


def _transports(
    one: "Connection | None", other: "Connection | None"
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What carries both, and the same again where the opener knows more."""
    mine, theirs = (
        [ref.name for ref in kind.over] if kind and kind.over else list(TRANSPORTS)
        for kind in (one, other)
    )
    both = tuple(name for name in mine if name in theirs)
    return both, both if len(both) < len(mine) else ()


def _talk(
    one: Side, kind: "Connection | None", other: Side, theirs: "Connection | None"
) -> "Talk | None":
    """The machines at the two ends; None: it is not so that one asks and the other answers."""
    mine, yours = one.on(kind), other.on(theirs)
    if mine is None or yours is None or one.asks(mine) == other.asks(yours):
        return None
    return between(mine, yours) if one.asks(mine) else between(yours, mine)


def _further(opener: Side, kind: "Connection", other: Side) -> Lane:
    theirs, closed, bare = _met(opener, kind, other.spec)
    if theirs is None:
        return Lane(kind.name, True, opener.of_client, None, closed)
    over, missing = _transports(kind, theirs)
    talk = _talk(opener, kind, other, theirs) if over else None
    why = "" if talk else (ROLES if over else NO_TRANSPORT)
    most = _most(opener.spec, kind), _most(other.spec, theirs)
    fewer = most[1] if most[1] < most[0] else None
    return Lane(kind.name, True, opener.of_client, talk, why, bare, missing, fewer)


def _most(spec: "Spec", kind: "Connection") -> int:
    limits = {limit.name: limit.value for limit in spec.limits}
    return limits[kind.most.name] if kind.most is not None else 1


Meeting = tuple["Connection | None", str, bool]  # what it is taken for; why for nothing; if bare


def _met(opener: Side, kind: "Connection", other: "Spec") -> Meeting:
    """What the other side takes a further connection for, whatever comes first on it."""
    found = [_begun(opener, kind, other, start) for start in _begins(opener, kind)]
    return next((met for met in found if met[0] is None), found[0])


def _begun(opener: Side, kind: "Connection", other: "Spec", start: octets.Octets) -> Meeting:
    """The same of one that begins so."""
    others = [known for known in other.connections if not charts.is_first(known)]
    ordered = next((known for known in others if known.later), None)
    if not others:
        return None, "nobody takes a further connection", False
    if ordered is not None:
        read = f"its first bytes {_shown(start)} are read as the begin of {_request(other, start)}"
        return (None, read, False) if kind.preamble else (ordered, "", False)
    for known in others:
        wanted = _preamble(other, known)
        if start[: len(wanted)] == wanted:
            if kind.preamble and len(_preamble(opener.spec, kind)) == len(wanted):
                return known, "", False
            read = f"the preamble of `{known.name}`"
            return None, f"its first bytes {_shown(wanted)} are read as {read}", False
    size = len(_preamble(other, others[0]))
    for known in others:
        first = [octets.request(other, message)[:size] for message in _bare(other, known)]
        if not kind.preamble and start[:size] in first:
            return known, "", True
    return None, f"its first bytes {_shown(start[:size])} are no preamble that is known", False


def _begins(opener: Side, kind: "Connection") -> "tuple[octets.Octets, ...]":
    """How a connection may begin: its preamble, then each first request where the opener asks."""
    preamble, view = _preamble(opener.spec, kind), opener.on(kind)
    if view is None or not opener.asks(view):
        return (preamble,)
    chart = charts.build(view)
    names = {
        reaction.message.name
        for name in charts.ancestors(chart, charts.initial(chart))
        for reaction in chart.nodes[name].state.reactions
    }
    firsts = (message for message in charts.receivable(chart) if message.name in names)
    return tuple(preamble + octets.request(opener.spec, message) for message in firsts) or (
        preamble,
    )


def _preamble(spec: "Spec", kind: "Connection") -> octets.Octets:
    order = spec.wire.byte_order
    found: octets.Octets = ()
    for field in kind.preamble:
        found += octets.known(field.constant or 0, field.size, order)
    return found


def _bare(spec: "Spec", kind: "Connection") -> "Iterator[Message]":
    names = {ref.name for ref in kind.bare}
    yield from (message for message in spec.messages if message.name in names)


def _request(spec: "Spec", start: octets.Octets) -> str:
    """The message of which a request begins so, as the client sends it."""
    select = {placed.field.name: placed for placed in layout.request(spec)}[spec.wire.select.name]
    code = octets.read(start, select, spec.wire.byte_order) if len(start) >= select.end else None
    known = (message for message in spec.messages if is_sent(spec, message, by_client=True))
    return next((f"`{message.name}`" for message in known if message.code == code), "a request")


def _shown(found: octets.Octets) -> str:
    """`04 00`, unknown bytes as `..`."""
    return "`" + " ".join(f"{o:02x}" if isinstance(o, int) else ".." for o in found[:8]) + "`"
