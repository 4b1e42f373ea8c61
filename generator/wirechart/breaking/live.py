"""Which differences a search still looks for, and where it has to go for them. Knows no bytes."""

from typing import TYPE_CHECKING, TypeAlias

from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from wirechart.breaking.pairing import Pair
    from wirechart.breaking.search import Divergence, Taken
    from wirechart.breaking.structure import Edge, Event, Node, Product

Root: TypeAlias = tuple[str, ...]  # of a cause: elements of both specs, or `wire` and what of it
NOTHING: "frozenset[Event]" = frozenset()


@record
class Names:
    """Which states of the two machines are the same one."""

    pairs: "frozenset[Node]"

    def same(self, node: "Node") -> bool:
        """Whether the states of a pair are the same one."""
        return node in self.pairs


def names(pair: "Pair", product: "Product") -> Names:
    """States of one name; and new names that are met with one name only that is gone."""
    old, new = set(pair.old.chart.nodes), set(pair.new.chart.nodes)
    found = {(name, name) for name in old & new}
    ends = [e.there for edges in product.edges.values() for e in edges if e.there is not None]
    targets = [(e.old.target, e.new.target) for es in product.edges.values() for e in es]
    met = dict.fromkeys([product.start, *ends, *targets])
    for one, other in met:
        alone = [n for n in met if n[0] == one] == [n for n in met if n[1] == other]
        if alone and one not in new and other not in old:
            found.add((one, other))
    return Names(frozenset(found))


class Live:
    """What is still to be found. Shrinks with every cause that is."""

    def __init__(self, pair: "Pair", product: "Product", wire: "Iterable[str]") -> None:
        self.pair = pair
        self.product = product
        self.names = names(pair, product)
        self.wire = frozenset(wire)  # what the rules of the wire have found: `message 3`
        self.done: set[Root] = set()
        self._refresh()

    @property
    def any(self) -> bool:
        """Whether anything is left to find."""
        return bool(self._events)

    def events(self, node: "Node") -> "frozenset[Event]":
        """The events that may show something, or lead to where something shows."""
        return self._events.get(node, NOTHING)

    def again(self, wire: "Iterable[str]") -> None:
        """Look for everything again, as in a direction in which rules have found that."""
        self.wire = frozenset(wire)
        self.done.clear()
        self._refresh()

    def blocked(self, edge: "Edge | None") -> bool:
        """Whether all that lies behind it has its cause found."""
        return edge is not None and self._is_turn(edge) and root(edge) in self.done

    def found(self, divergence: "Divergence") -> bool:
        """Note its cause; whether it is a new one."""
        key = self.cause(divergence)
        if key in self.done:
            return False
        self.done.add(key)
        self._refresh()
        return True

    def cause(self, divergence: "Divergence") -> Root:
        """What in the specs is behind it: bytes, a step that they write otherwise, or lead by."""
        last = divergence.last
        if "frames" in self.wire:
            return ("wire", "frames")
        for about in self.abouts(last):
            if about in self.wire:
                return ("wire", about)
        for taken in self.suspects(divergence):
            edge = self.decides(taken)
            if edge is not None and (edge.written or not self._leads_alike(edge)):
                return root(edge)
        elements = (
            taken.outcome.element if taken.outcome else "" for taken in (last.old, last.new)
        )
        return tuple(elements)

    def suspects(self, divergence: "Divergence") -> "tuple[Taken, ...]":
        """The steps, in the order in which they may be behind it.

        A step that differs by itself comes before those that led to the same two states.
        """
        last = divergence.last
        edge = self.decides(last)
        itself = edge is not None and edge.differs and self.names.same(last.before)
        return (last, *divergence.way) if itself else divergence.way

    def decides(self, taken: "Taken") -> "Edge | None":
        """What the tables say; of a request that is broken off, what they say of its refusal."""
        inside = taken.both.mine.then and taken.old.reply != taken.new.reply
        if not inside:
            return taken.edge
        edges = self.product.edges.get(taken.before, ())
        return next((edge for edge in edges if edge.event == "malformed"), None)

    def abouts(self, last: "Taken") -> "Iterable[str]":
        """What a rule of the wire would call it."""
        yield from (f"message {code}" for code in sorted(last.both.codes))
        if last.edge is not None:
            yield from _replies(last.edge)

    def _leads_alike(self, edge: "Edge") -> bool:
        return self.names.same((edge.old.target, edge.new.target))

    def _is_turn(self, edge: "Edge") -> bool:
        return edge.there is not None and not self.names.same(edge.there)

    def _sought(self, edge: "Edge") -> bool:
        return edge.differs and not explained(edge, self.done)

    def _refresh(self) -> None:
        """Go back from what is sought to all that leads there."""
        edges = self.product.edges
        events: dict[Node, set[Event]] = {}
        into: dict[Node, list[tuple[Node, Edge]]] = {}
        waiting: list[Node] = []
        for node, each in edges.items():
            for edge in each:
                if self._sought(edge):
                    events.setdefault(node, set()).add(edge.event)
                if edge.there is not None and not edge.parts and not self.blocked(edge):
                    into.setdefault(edge.there, []).append((node, edge))
        waiting = list(events)
        known = set(waiting)
        while waiting:
            for before, edge in into.get(waiting.pop(), ()):
                events.setdefault(before, set()).add(edge.event)
                if before not in known:
                    known.add(before)
                    waiting.append(before)
        self._events: Mapping[Node, frozenset[Event]] = {n: frozenset(e) for n, e in events.items()}


def root(edge: "Edge") -> Root:
    """The elements of both specs that decide an edge."""
    return edge.old.element, edge.new.element


def _replies(edge: "Edge") -> tuple[str, ...]:
    """The reply that both give, as a rule of the wire would call it."""
    same = edge.old.reply is not None and edge.old.reply == edge.new.reply
    return (f"reply {edge.old.reply}",) if same else ()


def explained(edge: "Edge", causes: "Container[Root]") -> bool:
    """Whether one of these causes is behind the difference that an edge shows."""
    about = (f"message {edge.event}", "frames", *_replies(edge))
    return root(edge) in causes or any(("wire", name) in causes for name in about)
