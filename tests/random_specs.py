"""Random specs that are legal: texts for the whole way, specs for what follows the reader.

States nest up to three deep. Every state can be reached, every pair is decided; guards, `else`,
alternatives, full maps, overrides at every level and long names are as frequent as short ones.
`errors(text)` of `wirechart check` is empty for all of them (a test holds that).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from plain_yaml import Node, yaml
from wirechart import reader, syntax
from wirechart.model import Spec

Draw = st.DrawFn

LONGEST = 40  # characters of a name
WORDS = ("Open", "Ready", "HandShake", "Wait", "TransferOfEverything", "Io", "Late", "Mode")
FAILURE: Node = {"data": {"cause": "cause"}, "final": "failure"}


@dataclass
class State:
    """A running state while its spec is being made up."""

    name: str
    depth: int
    inside: "list[State]" = field(default_factory=list["State"])
    around: "State | None" = None
    data: dict[str, Node] = field(default_factory=dict[str, Node])
    written: dict[str, Node] = field(default_factory=dict[str, Node])

    def entered(self) -> "State":
        """The leaf that entering it enters: the first inside, so that `initial` is easy to see."""
        return self.inside[0].entered() if self.inside else self

    def every(self) -> "Iterator[State]":
        """Itself, then all states inside."""
        yield self
        for child in self.inside:
            yield from child.every()

    def held(self) -> dict[str, Node]:
        """Its data and that of the states around it."""
        return (self.around.held() if self.around else {}) | self.data

    def reactions(self) -> Mapping[str, Node]:
        """What is written for messages."""
        on = self.written.get("on")
        return on if isinstance(on, Mapping) else {}

    def node(self) -> dict[str, Node]:
        """As the spec says it."""
        node: dict[str, Node] = {"data": self.data} if self.data else {}
        if self.inside:
            node["initial"] = self.inside[0].name
        node |= self.written
        if self.inside:
            node["states"] = {child.name: child.node() for child in self.inside}
        return node


@dataclass
class World:
    """What reactions may speak of."""

    draw: Draw
    messages: dict[str, tuple[str, ...]]  # name -> its integer fields
    context: tuple[str, ...]
    tops: list[State]
    successes: list[str]
    failures: list[str]
    entries: str  # the name of every map
    number: str  # the name of every integer a state holds

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases, and in the simplest case False."""
        return self.draw(st.integers(0, 99)) >= 100 - percent

    def states(self) -> list[State]:
        """All running states, in document order."""
        return [state for top in self.tops for state in top.every()]


def lengthened(draw: Draw, word: str, number: int) -> str:
    """A name of its own for every number: short, or as long as a name may be."""
    end = str(number)
    if not draw(st.booleans()):
        return word + end
    return (word * LONGEST)[: LONGEST - len(end)] + end


def _names(draw: Draw, words: Sequence[str], count: int) -> list[str]:
    return [lengthened(draw, draw(st.sampled_from(words)), n) for n in range(count)]


@st.composite
def spec_nodes(draw: Draw, deepest: int = 3) -> Node:
    """The tree of a random legal spec, to be changed."""
    return _spec(draw, deepest)


@st.composite
def spec_texts(draw: Draw, deepest: int = 3) -> str:
    """The YAML text of a random legal spec; composites are at most `deepest` deep."""
    return "\n".join(yaml(_spec(draw, deepest))) + "\n"


def specs(deepest: int = 3) -> st.SearchStrategy[Spec]:
    """The same, read."""
    return spec_texts(deepest).map(read)


def read(text: str) -> Spec:
    """The spec of a text without shape errors."""
    spec, findings = reader.read(syntax.parse(text))
    assert spec is not None, findings
    assert findings == ()
    return spec


def _spec(draw: Draw, deepest: int) -> Node:
    fields = _names(draw, ("field", "value_of_it", "x"), 3)
    names = _names(draw, ("Say", "MessageWithName", "Go", "PutIt"), draw(st.integers(1, 4)))
    messages = {name: tuple(fields[: draw(st.integers(0, 3))]) for name in names}
    context = tuple(_names(draw, ("agreed", "window_in_blocks"), draw(st.integers(0, 2))))
    finals = ["Done", lengthened(draw, "Failed", 9), "Dropped"]
    world = World(
        draw=draw,
        messages=messages,
        context=context,
        tops=[],
        successes=finals[:1],
        failures=finals[1 : draw(st.integers(2, 3))],
        entries=lengthened(draw, "entries", 1),
        number=lengthened(draw, "number", 1),
    )
    _grow(world, deepest)
    for state in world.states():
        _data(world, state)
    for state in world.states():
        _behave(world, state)
    ends: dict[str, Node] = {name: {"final": "success"} for name in world.successes}
    ends |= dict.fromkeys(world.failures, FAILURE)
    head: dict[str, Node] = {
        "wirechart": 1,
        "protocol": draw(st.sampled_from(("link", "a-protocol-of-many-words-and-more-words"))),
        "limits": {"idle": "10 s", "few": 3},
        "wire": _wire(draw),
    }
    if context:
        head["context"] = dict.fromkeys(context, "u16")
    bodies: dict[str, dict[str, Node]] = {}
    for code, (name, parts) in enumerate(messages.items(), start=1):
        payload: Node = {"fields": dict.fromkeys(parts, "u16")} if parts else "none"
        bodies[name] = {"code": code, "payload": payload}
        if world.chance(30) and not _answered(world, name):
            bodies[name]["reply"] = "none"
    tops: dict[str, Node] = {top.name: top.node() for top in world.tops}
    machine: Node = {"role": "server", "initial": world.tops[0].name, "states": tops | ends}
    return head | {"messages": bodies, "machine": machine}


def _answered(world: World, message: str) -> bool:
    """Whether a reaction names a reply to it."""
    reactions = (state.reactions().get(message) for state in world.states())
    return any("reply" in str(each) or "else" in str(each) for each in reactions)


def _wire(draw: Draw) -> Node:
    return {
        "byte_order": draw(st.sampled_from(("little", "big"))),
        "roles": {"client": "client", "server": "server"},
        "request": {"code": "u16", "length": "u32"},
        "reply": {"status": "u16"},
        "select": "code",
        "status": "status",
        "payload_size": "length",
        "replies": {"Ok": 0, "Error": 1, "Busy": 2, "Old": 3},
        "accept": "Ok",
        "refuse": "Error",
    }


def _grow(world: World, deepest: int) -> None:
    """Running states in their tree; a composite has at least two states inside."""
    count = iter(range(1000))

    def grown(depth: int, around: State | None) -> State:
        name = lengthened(world.draw, world.draw(st.sampled_from(WORDS)), next(count))
        state = State(name, depth, around=around)
        if depth < deepest and world.chance(50 if depth == 0 else 30):
            inside = world.draw(st.integers(2, 3))
            state.inside = [grown(depth + 1, state) for _ in range(inside)]
        return state

    world.tops = [grown(0, None) for _ in range(world.draw(st.integers(1, 2)))]


def _data(world: World, state: State) -> None:
    """Nothing supplies data at the beginning, so the first leaf has none, nor what is around it."""
    first = world.tops[0].entered()
    if first in state.every() or state.held():
        return
    if world.chance(40):
        entries: Node = {"map": {"u16": "u16"}, "max": "limits.few"}
        state.data[world.entries] = entries
    if world.chance(25):
        state.data[world.number] = "u16"


def _behave(world: World, state: State) -> None:
    """A way on from every leaf; then whatever comes, also against what is around it."""
    on: dict[str, Node] = {}
    if not state.inside:
        leaves = [leaf for leaf in world.states() if not leaf.inside]
        after = leaves.index(state) + 1
        onwards = leaves[after].name if after < len(leaves) else world.successes[0]
        chosen = world.draw(st.sampled_from(sorted(world.messages)))
        last = {"to": onwards}
        guarded = _alternatives(world, state, chosen) if world.chance(40) else []
        on[chosen] = [*guarded, last] if guarded else last
    for message in world.messages:
        if message not in on and world.chance(45):
            on[message] = _reaction(world, state, message)
    if on:
        state.written["on"] = on
    _fallbacks(world, state)
    for ending in ("on_eof", "on_idle", "on_lost"):
        if state.around is None or world.chance(30):
            end: dict[str, Node] = {"to": world.draw(st.sampled_from(world.failures))}
            if ending == "on_idle":
                end = {"after": "limits.idle"} | end
            if ending == "on_eof" and world.chance(25):
                end["inside_message"] = world.draw(st.sampled_from(world.failures))
            state.written[ending] = end


def _fallbacks(world: World, state: State) -> None:
    top = state.around is None
    split = ("on_refused", "on_malformed", "on_handler_error")
    whole = world.chance(60) if top else world.chance(15)
    if whole:
        state.written["otherwise"] = _fallback(world)
    for part in split:
        if (top and not whole) or world.chance(15):
            state.written[part] = _fallback(world)
    if all(part in state.written for part in split):
        state.written.pop("otherwise", None)


def _fallback(world: World) -> Node:
    reply = world.draw(st.sampled_from(("Error", "Old", "none")))
    return {"reply": reply, "to": _without_handler(world)}


def _without_handler(world: World) -> str:
    """A target that no handler has to supply data for."""
    bare = [state.name for state in world.states() if not state.entered().held()]
    return world.draw(st.sampled_from(("stay", *world.failures, *bare)))


def _reaction(world: World, state: State, message: str) -> Node:
    """Short, long, or several alternatives, of which the last may be without a condition."""
    alternatives = _alternatives(world, state, message)
    if not alternatives or world.chance(30):
        return world.draw(st.sampled_from(("stay", *(s.name for s in world.states()))))
    if world.chance(40):
        return [*alternatives, {"to": _target(world)}]
    if len(alternatives) > 1:
        return alternatives
    only = alternatives[0]
    return only | {"else": _else(world)} if world.chance(30) else only


def _alternatives(world: World, state: State, message: str) -> list[dict[str, Node]]:
    """One or two, each with a condition that has no `else`, so that none is in vain.

    None where a guard has nothing to look at.
    """
    atoms = _atoms(world, state, message)
    count = world.draw(st.integers(1, 2)) if atoms else 0
    return [_conditional(world, state, message, atoms) for _ in range(count)]


def _conditional(world: World, state: State, message: str, leaves: list[str]) -> dict[str, Node]:
    full = world.entries in state.held() and world.chance(50)  # so that maps are put into again
    target = "stay" if full else _target(world)
    node: dict[str, Node] = {"to": target}
    conditions = [_condition(world, leaves) for _ in range(world.draw(st.integers(1, 3)))]
    if len(conditions) == 1:
        node["if"] = conditions[0]
    else:
        listed: list[Node] = [conditions[0]]
        for text in conditions[1:]:
            with_else = world.chance(50)
            listed.append({"check": text, "else": _else(world)} if with_else else text)
        node["if"] = listed
    _put(world, state, message, target, node)
    if target in world.failures:
        node["cause"] = "asked"
    elif world.chance(20):
        node["reply"] = "Busy"
    return node


def _put(world: World, state: State, message: str, target: str, node: dict[str, Node]) -> None:
    fields = world.messages[message]
    leaf = next((s.entered() for s in world.states() if s.name == target), None)
    held = state.held() if target == "stay" else leaf.held() if leaf else {}
    if fields and world.entries in held and world.chance(80):
        put: Node = {f"message.{fields[0]}": f"message.{fields[-1]}"}
        node["put"] = {world.entries: put}


def _target(world: World) -> str:
    names = [state.name for state in world.states()]
    return world.draw(st.sampled_from(("stay", *names, *world.successes, *world.failures)))


def _else(world: World) -> Node:
    reply = world.draw(st.sampled_from(("Error", "Old")))
    if world.chance(40):
        return reply
    target = _without_handler(world)
    return {"to": target} if world.chance(30) else {"reply": reply, "to": target}


def _atoms(world: World, state: State, message: str) -> list[str]:
    """The integers that a guard of a state may look at."""
    atoms = [f"message.{name}" for name in world.messages[message]]
    atoms += [f"context.{name}" for name in world.context]
    if world.number in state.held():
        atoms.append(f"state.{world.number}")
    if world.entries in state.held():
        atoms.append(f"size(state.{world.entries})")
    return atoms


def _condition(world: World, atoms: list[str], depth: int = 0) -> str:
    """A formula, at most two levels deep."""
    if depth < 2 and world.chance(25):
        inner = [_condition(world, atoms, depth + 1) for _ in range(2)]
        return f"({inner[0]}) {world.draw(st.sampled_from(('and', 'or')))} ({inner[1]})"
    if depth < 2 and world.chance(10):
        return f"not ({_condition(world, atoms, depth + 1)})"
    atom = world.draw(st.sampled_from(atoms))
    other = world.draw(st.sampled_from((*atoms, "limits.few")))
    sizes = [name for name in atoms if name.startswith("size(")]
    forms = [f"{atom} {sign} {world.draw(st.integers(1, 6))}" for sign in ("==", "!=", "<", ">=")]
    forms += [f"{atom} + {other} < {world.draw(st.integers(2, 9))}", f"{atom} & 2 == 0"]
    forms += [f"{world.draw(st.integers(1, 6))} <= {atom}"]
    forms += [f"{atom} not in {name[5:-1]}" for name in sizes if not atom.startswith("size(")]
    return world.draw(st.sampled_from(forms))
