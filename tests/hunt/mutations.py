"""A spec's text with something written otherwise, as in a pull request. Knows YAML; no protocol.

What comes out may have errors: most of it is worth trying, and none of it is certain to be.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final, TypeAlias

import yaml

NUMBER: Final = re.compile(r"\d+")
GUARD: Final = re.compile(r"<=|>=|==|!=|<|>|\band\b|\bor\b|\bnot in\b|\bin\b")
GUARDS: Final = ("<=", ">=", "==", "!=", "<", ">")
OTHERS: Final = {"and": "or", "or": "and", "in": "not in", "not in": "in"}

Edit: TypeAlias = tuple[int, int, str]  # from, to, what stands there instead
Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A value, and the entry of a mapping or list that it is."""

    path: Key
    begin: int
    end: int
    entry: tuple[int, int]  # with its key, and what parts it from the next one
    text: str
    simple: bool  # one word, number or expression
    flow: bool  # written in braces

    @property
    def kind(self) -> Key:
        """Equal for values that may stand for one another: a name of a state is no matter."""
        return tuple(part for part in self.path[-2:] if part[:1].islower())


def mutant(text: str, random: Random) -> str:
    """The text after one change, mostly, or two."""
    for _ in range(random.choice((1, 1, 1, 2))):
        text = _changed(text, random)
    return text


def _changed(text: str, random: Random) -> str:
    found = random.choice(CHANGES)(text, random)
    if found is None:
        return text
    begin, end, new = found
    return text[:begin] + new + text[end:]


@cache
def places(text: str) -> tuple[Place, ...]:
    """Every value of a text; none where it is no YAML."""
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return ()
    return tuple(_inside(text, root, ())) if root is not None else ()


def _inside(text: str, node: yaml.Node, path: Key) -> Iterator[Place]:
    if isinstance(node, yaml.MappingNode):
        yield from _entries(text, node, [(k, v, k.value) for k, v in node.value], path)
    elif isinstance(node, yaml.SequenceNode):
        yield from _entries(text, node, [(v, v, "-") for v in node.value], path)


def _entries(
    text: str,
    around: yaml.CollectionNode,
    items: list[tuple[yaml.Node, yaml.Node, str]],
    path: Key,
) -> Iterator[Place]:
    nexts = [key.start_mark.index for key, _, _ in items[1:]]
    for number, (key, value, name) in enumerate(items):
        begin, end = value.start_mark.index, value.end_mark.index
        first = key.start_mark.index
        after = nexts[number] if number < len(nexts) else end
        dash = first - key.start_mark.column if not around.flow_style else first
        entry = (first, after) if around.flow_style else (dash, _line_end(text, end))
        plain = isinstance(value, yaml.ScalarNode)
        flow = bool(around.flow_style)
        place = Place((*path, name), begin, end, entry, text[begin:end], plain, flow)
        yield place
        yield from _inside(text, value, place.path)


def _line_end(text: str, index: int) -> int:
    if index and text[index - 1] == "\n":
        return index
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _number(text: str, random: Random) -> Edit | None:
    """Another number: beside it, another one of the text, or nearly none."""
    found = [m for m in NUMBER.finditer(text) if not text[m.start() - 1].isalpha()]
    if not found:
        return None
    chosen = random.choice(found)
    value = int(chosen[0])
    other = int(random.choice(found)[0])
    new = random.choice((value + 1, max(0, value - 1), other, 0, value * 2))
    return chosen.start(), chosen.end(), str(new)


def _value(text: str, random: Random) -> Edit | None:
    """A value of another place of the same kind."""
    every = places(text)
    if not every:
        return None
    chosen = random.choice(every)
    alike = [p for p in every if p.kind == chosen.kind and p.simple and p.text != chosen.text]
    if not alike or "\n" in chosen.text:
        return None
    return chosen.begin, chosen.end, random.choice(alike).text


def _removed(text: str, random: Random) -> Edit | None:
    """An entry is gone."""
    every = [place for place in places(text) if len(place.path) > 1]
    return (*random.choice(every).entry, "") if every else None


def _copied(text: str, random: Random) -> Edit | None:
    """An entry of one mapping stands in another one of the same kind, too."""
    every = [place for place in places(text) if place.simple or place.text[:1] in "{["]
    if not every:
        return None
    one = random.choice(every)
    around = (one.path[-2:-1], one.flow)
    beside = [
        p for p in every if (p.path[-2:-1], p.flow) == around and p.path[:-1] != one.path[:-1]
    ]
    if not beside:
        return None
    at = random.choice(beside)
    begin, end = one.entry
    entry = text[begin:end].rstrip().rstrip(",")
    return (at.entry[0], at.entry[0], f"{entry}, ") if one.flow else _line(text, at, entry)


def _line(text: str, at: Place, entry: str) -> Edit:
    begin = at.entry[0]
    indent = len(text[begin:]) - len(text[begin:].lstrip(" "))
    return begin, begin, f"{' ' * indent}{entry.strip()}\n"


def _guard(text: str, random: Random) -> Edit | None:
    """Another operator in an expression."""
    guards = [p for p in places(text) if p.simple and any(g in p.text for g in GUARDS)]
    if not guards:
        return None
    chosen = random.choice(guards)
    found = list(GUARD.finditer(chosen.text))
    if not found:
        return None
    at = random.choice(found)
    new = OTHERS.get(at[0]) or random.choice([each for each in GUARDS if each != at[0]])
    return chosen.begin + at.start(), chosen.begin + at.end(), new


def _swapped(text: str, random: Random) -> Edit | None:
    """Two values of one kind change places."""
    every = [place for place in places(text) if "\n" not in place.text]
    one = random.choice(every) if every else None
    others = [p for p in every if one and p.kind == one.kind and p.begin >= one.end]
    if one is None or not others:
        return None
    other = random.choice(others)
    return one.begin, other.end, other.text + text[one.end : other.begin] + one.text


def _renamed(text: str, random: Random) -> Edit | None:
    """Another name, wherever it stands."""
    names = sorted({p.path[-1] for p in places(text) if p.path[-1][:1].isupper()})
    if not names:
        return None
    name = random.choice(names)
    return 0, len(text), re.sub(rf"\b{re.escape(name)}\b", f"{name}Too"[-40:], text)


CHANGES: "tuple[Callable[[str, Random], Edit | None], ...]" = (
    _number,
    _number,
    _value,
    _value,
    _removed,
    _removed,
    _copied,
    _guard,
    _guard,
    _swapped,
    _renamed,
)
