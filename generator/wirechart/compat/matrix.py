"""Every sender with every receiver, and every receiver in the place of another. Prints nothing."""

import re
from typing import TYPE_CHECKING

from wirechart import chart as charts
from wirechart.compat.verdict import Verdict, replacement, verdict
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wirechart.model import Ref, Spec


@record
class Peer:
    """A spec by the name it has in a table."""

    name: str
    label: str  # the path as generated files name it
    spec: "Spec"


@record
class Table:
    """Verdicts by row and column."""

    title: str
    about: str  # what a row does with a column
    rows: tuple[Peer, ...]
    columns: tuple[Peer, ...]
    cells: "Mapping[tuple[str, str], Verdict]"  # by names; of a receiver with itself: none


@record
class Matrix:
    """All of it."""

    senders: Table
    receivers: Table  # one in the place of another

    @property
    def peers(self) -> tuple[Peer, ...]:
        """Everybody, each spec once."""
        both = (*self.senders.rows, *self.senders.columns)
        return tuple({peer.label: peer for peer in both}.values())

    @property
    def tables(self) -> tuple[Table, ...]:
        """Those that have something to say: one receiver alone replaces nobody."""
        return (self.senders, self.receivers) if self.receivers.cells else (self.senders,)


def matrix(peers_that_send: "Iterable[Peer]", peers_that_receive: "Iterable[Peer]") -> Matrix:
    """Two tables, in the order of the peers."""
    senders, receivers = tuple(peers_that_send), tuple(peers_that_receive)
    sent = {(s.name, r.name): verdict(s.spec, r.spec) for s in senders for r in receivers}
    replaced = {
        (one.name, other.name): replacement(one.spec, other.spec)
        for one in receivers
        for other in receivers
        if one is not other
    }
    about = "What comes of the sender of a row with the receiver of a column."
    instead = "Whoever does all that the receiver of a row takes, at the receiver of a column."
    return Matrix(
        Table("Senders and receivers", about, senders, receivers, sent),
        Table("One receiver in the place of another", instead, receivers, receivers, replaced),
    )


def sends(spec: "Spec") -> bool:
    """Whether the spec describes who opens a session."""
    return _has(spec, spec.wire.client)


def receives(spec: "Spec") -> bool:
    """Whether the spec describes the other end of the first connection."""
    return _has(spec, spec.wire.server)


def _has(spec: "Spec", role: "Ref") -> bool:
    first = next((kind for kind in spec.connections if charts.is_first(kind)), None)
    views = charts.views(spec)
    return any(v.machine.role == role and charts.connection(v) == first for v in views)


def in_order(peers: "Iterable[Peer]") -> tuple[Peer, ...]:
    """By folder, then by name, numbers by their value: v9 before v10."""
    return tuple(sorted(peers, key=lambda peer: (peer.label.count("/") < 2, _natural(peer.name))))


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    parts = re.split(r"(\d+)", name)
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in parts)
