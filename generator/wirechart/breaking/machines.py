"""One machine of both specs: its causes of breaks in behaviour, and what is left in doubt."""

from typing import TYPE_CHECKING

from wirechart.breaking import behaviour, structure
from wirechart.breaking.classes import classes
from wirechart.breaking.doubts import why
from wirechart.breaking.filling import filled
from wirechart.breaking.live import Live, explained, root
from wirechart.breaking.registry import registered
from wirechart.breaking.search import WELL, Search
from wirechart.breaking.verdict import DIRECTIONS, Break, Problem
from wirechart.breaking.witness import certain, witness
from wirechart.diagnostics import Severity
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.breaking.live import Root
    from wirechart.breaking.pairing import Pair
    from wirechart.breaking.search import Divergence, Taken
    from wirechart.breaking.structure import Edge, Node, Product
    from wirechart.breaking.verdict import Direction
    from wirechart.chart import Chart
    from wirechart.decisions import Outcome
    from wirechart.diagnostics import Span


@record
class Cause:
    """A cause with its first witness."""

    pair: "Pair"
    first: "Divergence"
    directions: "tuple[Direction, ...]"


class Machines:
    """One machine of both specs, searched."""

    def __init__(
        self,
        pair: "Pair",
        wire: "Mapping[Direction, frozenset[str]]",
        directions: "tuple[Direction, ...]",
    ) -> None:
        """`wire` is what the rules of the wire have found for each direction: `message 3`."""
        self.pair = pair
        self.directions = directions
        self.product: Product = structure.product(pair)
        self.wire = wire
        self.live = Live(pair, self.product, ())
        self.causes: dict[Root, Cause] = {}
        self.widened: set[Root] = set()  # where the other receiver takes more
        self.doubtful: list[Edge] = []
        self.unsearched = 0
        self._searches: list[Search] = []

    @property
    def different(self) -> bool:
        """Whether some sequence is known to be answered otherwise."""
        return bool(self.causes or self.widened)

    @property
    def pairs(self) -> int:
        """How many pairs of situations were looked at."""
        return max((each.pairs for each in self._searches), default=len(self.product.edges))

    def search(self) -> None:
        """All directions: first what senders may do, then what only others do."""
        if self.product.equal:
            return
        found = classes(self.pair, self.product)
        for direction in self.directions:
            self.live.again(self.wire[direction])
            one = Search(self.pair, self.live, found, direction)
            for foreign in (False, True):
                for divergence in one.run(foreign=foreign):
                    self._note(self.live.cause(divergence), divergence)
            self._searches.append(one)
            self.widened |= one.widened
        self._judge_rest()

    def _note(self, key: "Root", found: "Divergence") -> None:
        """A cause is certain when one direction shows it to a sender that keeps to its spec."""
        known = self.causes.get(key)
        if known is None or (known.first.foreign and not found.foreign):
            self.causes[key] = Cause(self.pair, found, (found.direction,))
        elif known.first.foreign == found.foreign:
            both = (*known.directions, found.direction)
            ways = tuple(direction for direction in DIRECTIONS if direction in both)
            self.causes[key] = replace(known, directions=ways)

    def _judge_rest(self) -> None:
        """What differs in the tables, and was not seen: maps to fill, doubts, what is behind."""
        near = self._near()
        visited = {node for each in self._searches for node in each.spots}
        behind: set[Root] = set()
        for node, edge in self._unexplained():
            if not self.live.names.same(node) or node not in near:
                behind.add(root(edge))
            elif not self._fill(node, edge) and self._doubted(edge, reached=node in visited):
                self.doubtful.append(edge)
        self.unsearched = len(behind - self.causes.keys()) if self.causes else 0

    def _doubted(self, edge: "Edge", *, reached: bool) -> bool:
        """Whether it might happen, and break somebody who is asked for."""
        settled = reached and edge.exact and not self._has_values(edge)
        return not settled and any(way in self.directions for way in _harmed(edge))

    def _has_values(self, edge: "Edge") -> bool:
        """Whether it is about a message: with values, maybe, that a whole search did not try."""
        ended = any(each.full for each in self._searches)  # which is said in general
        return isinstance(edge.event, int) and not ended

    def _unexplained(self) -> "Iterator[tuple[Node, Edge]]":
        known = {*self.causes, *self.widened}
        for node, edges in self.product.edges.items():
            for edge in edges:
                if (edge.differs or not edge.kept) and not self._told(edge, known):
                    yield node, edge

    def _told(self, edge: "Edge", known: "set[Root]") -> bool:
        """Whether a break is said to be behind it for all whom it may harm."""
        ways: list[Direction] = [way for way in _harmed(edge) if way in self.directions]
        return explained(edge, known) or all(
            explained(edge, {("wire", about) for about in self.wire[way]}) for way in ways
        )

    def _near(self) -> "set[Node]":
        """Pairs of states that are met before anything differs."""
        seen = {self.product.start}
        waiting = [self.product.start]
        while waiting:
            for edge in self.product.edges.get(waiting.pop(), ()):
                there = edge.there
                if there is None or there in seen or edge.differs:
                    continue
                if self.live.names.same(there):
                    seen.add(there)
                    waiting.append(there)
        return seen

    def _fill(self, node: "Node", edge: "Edge") -> bool:
        """Whether a full map shows it."""
        tried = (filled(each, node, edge) for each in self._searches)
        found = [each for each in tried if each is not None]
        for each in found:
            self._note(root(edge), each)
        return bool(found)

    def breaks(self) -> "Iterator[Break]":
        """Those in behaviour."""
        for key, cause in self.causes.items():
            if key[0] != "wire":
                yield self._break(cause)
        said = {element for key in self.causes for element in key}
        doubts: dict[str, list[Edge]] = {}
        for edge in self.doubtful:
            doubts.setdefault(_specific(edge), []).append(edge)
        yield from (
            self._doubt(element, edges) for element, edges in doubts.items() if element not in said
        )
        full = [each.most for each in self._searches if each.full]
        near = self._near()
        rest = (edge for node, edge in self._unexplained() if node in near)
        if full and any(self._doubted(edge, reached=False) for edge in rest):
            name = f"machines.{self.pair.name}" if self.pair.name else "machine"
            yield _of_search("BRB021", name, behaviour.too_many(name, full[0]))

    def _written(self, element: str) -> "tuple[Span, Span]":
        """Where both specs write an element; where one does not, what counts there instead."""
        edges = [edge for each in self.product.edges.values() for edge in each]
        about = [edge for edge in edges if element in root(edge)]
        old = next((edge.old for edge in about if edge.old.element == element), about[0].old)
        new = next((edge.new for edge in about if edge.new.element == element), about[0].new)
        return old.span, new.span

    def _doubt(self, element: str, edges: "list[Edge]") -> Break:
        """About one element, which may be written for several events."""
        reason = why(self.pair, edges)
        made = _of_search("BRB020", element, behaviour.undecidable(element, reason.text))
        harmed = {way for edge in edges for way in _harmed(edge)}
        ways = tuple(way for way in DIRECTIONS if way in harmed)
        old, new = self._written(element)
        about = replace(made.problem, old=old, new=new, directions=ways, help=reason.help)
        return replace(made, problem=about)

    def _break(self, cause: Cause) -> Break:
        found = cause.first
        code, said = behaviour.classified(behaviour.seen(self.pair, found))
        rule = registered[code]
        decided = ((step, self.live.decides(step)) for step in self.live.suspects(found))
        turn, edge = next(
            ((step, edge) for step, edge in decided if edge is not None and edge.written),
            (found.last, None),
        )
        old, new = (edge.old, edge.new) if edge else (turn.old.outcome, turn.new.outcome)
        mine = (old or new) if found.direction == "old-to-new" else (new or old)
        problem = Problem(
            mine.element if mine else "",
            said + self._turned(turn),
            cause.directions,
            _place(self.pair.old.chart, turn.before[0], old, new),
            _place(self.pair.new.chart, turn.before[1], new, old),
        )
        level = Severity.WARNING if found.foreign and rule.level == Severity.ERROR else rule.level
        shown = witness(self.pair, found) if certain(self.pair, found) else None
        return Break(code, level, rule.family, problem, shown, found.foreign)

    def _turned(self, turn: "Taken") -> str:
        """Where the two went different ways, before it showed."""
        places = turn.old.place.state.name, turn.new.place.state.name
        if self.live.names.same(places) or turn.old.place.ended or turn.new.place.ended:
            return ""
        return f"; `{turn.name}` leads to `{places[1]}` instead of `{places[0]}`"

    def witness_for(
        self, about: "tuple[str, ...]", ways: "tuple[Direction, ...]"
    ) -> "Divergence | None":
        """What the search found for a break of the wire."""
        causes = (self.causes.get(("wire", name)) for name in about)
        shown = (cause.first for cause in causes if cause is not None)
        return next((first for first in shown if first.direction in ways), None)


def _place(chart: "Chart", state: str, mine: "Outcome | None", other: "Outcome | None") -> "Span":
    """Where to look in one spec: at the state, where only the other one writes something there."""
    gone = other is not None and other.kind == "handled"
    if mine is None or (gone and mine.kind != "handled"):
        return chart.nodes[state].state.span
    return mine.span


def _specific(edge: "Edge") -> str:
    """The element that is rather written for the event than for all that is left."""
    both = (edge.new, edge.old)
    handled = next((each for each in both if each.kind == "handled"), edge.old)
    return next((each for each in (handled, *both) if ".on." in each.element), handled).element


def _harmed(edge: "Edge") -> "tuple[Direction, ...]":
    """Whom a difference may break: never the one whose spec refuses what the other takes."""
    taken = [outcome.kind in WELL for outcome in (edge.old, edge.new)]
    if taken[0] == taken[1]:
        return DIRECTIONS
    return DIRECTIONS[:1] if taken[0] else DIRECTIONS[1:]


def _of_search(code: str, element: str, message: str) -> Break:
    rule = registered[code]
    return Break(code, rule.level, rule.family, Problem(element, message, DIRECTIONS))
