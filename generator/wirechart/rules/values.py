"""DAT: the literal values and entries that reactions write."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wirechart.chart import expand
from wirechart.diagnostics import Severity
from wirechart.model import INTEGER_SIZES, Map, Ref
from wirechart.rules.facts import Facts, targets_of
from wirechart.rules.known import Integer
from wirechart.rules.known import described as in_words
from wirechart.rules.places import Way
from wirechart.rules.registry import Problem, rule
from wirechart.rules.scopes import Use, value_of

if TYPE_CHECKING:
    from wirechart.model import DataField, DataType, Put, Set


def _targets(facts: Facts, way: Way, name: str) -> "DataField | None":
    """The data of that name in the first state the reaction leads to; None: there is none."""
    for _, held in targets_of(facts, way.state.name, way.alternative.target):
        return held.get(name)
    return None


@rule("DAT020", Severity.ERROR, "`set` to a value of the wrong type")
def bad_set(facts: Facts) -> Iterator[Problem]:
    """`set` writes a value that its data cannot hold.

    The handler would have to return exactly this value, and could not. `bool` takes `true` and
    `false`, `u8` … `u64` integers in their range, `text` text; nothing else has literal values.
    """
    for judged in facts.judged:
        puts = {put.name.name for put in judged.way.alternative.put}
        for item in judged.way.alternative.set:
            held = _targets(facts, judged.way, item.name.name)
            if held is not None and held.name not in puts and not _fits(facts, item, held.type):
                yield Problem(
                    item.span,
                    f"`{_shown(item.value)}` is no value for `{held.name}`, which is "
                    f"{_type(facts, held.type)}",
                    _expected(facts, held.type),
                )


def _shown(value: bool | int | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fits(facts: Facts, item: "Set", type_: "DataType") -> bool:
    match expand(facts.chart, type_):
        case Ref(name) if name in INTEGER_SIZES:
            number = isinstance(item.value, int) and not isinstance(item.value, bool)
            return number and 0 <= int(item.value) < 256 ** INTEGER_SIZES[name]
        case Ref("bool"):
            return isinstance(item.value, bool)
        case Ref("text"):
            return isinstance(item.value, str)
        case Ref(name):
            return value_of(facts.chart, type_) is None
        case _:
            return False


def _type(facts: Facts, type_: "DataType") -> str:
    expanded = expand(facts.chart, type_)
    if isinstance(expanded, Ref):
        return f"`{expanded.name}`"
    return "a map" if isinstance(expanded, Map) else "a list"


def _expected(facts: Facts, type_: "DataType") -> str:
    match expand(facts.chart, type_):
        case Ref(name) if name in INTEGER_SIZES:
            return f"write an integer from 0 to {256 ** INTEGER_SIZES[name] - 1}"
        case Ref("bool"):
            return "write `true` or `false`"
        case Ref("text"):
            return "write a text"
        case _:
            return "leave it to the handler"


@rule("DAT021", Severity.ERROR, "`put` into something that is no map")
def put_nowhere(facts: Facts) -> Iterator[Problem]:
    """`put` adds an entry to data that is not a map.

    Only a map has entries with keys. Make it `{map: {KEY: VALUE}, max: limits.NAME}`, or leave the
    data to the handler.
    """
    for _, put, held in _puts(facts):
        if not isinstance(expand(facts.chart, held.type), Map):
            message = f"`{held.name}` is {_type(facts, held.type)}, not a map"
            help_ = "make it a map, or leave it to the handler"
            if value_of(facts.chart, held.type) is not None:
                yield Problem(put.name.span, message, help_)


def _puts(facts: Facts) -> "Iterator[tuple[tuple[Use, Use], Put, DataField]]":
    """Every entry with its key and value judged, and the data it goes to."""
    for judged in facts.judged:
        entries = [use for use in judged.uses if use.kind in ("key", "value")]
        for index, put in enumerate(judged.way.alternative.put):
            held = _targets(facts, judged.way, put.name.name)
            if held is not None:
                yield (entries[2 * index], entries[2 * index + 1]), put, held


@rule("DAT022", Severity.ERROR, "`put` of a key or value of the wrong type")
def bad_put(facts: Facts) -> Iterator[Problem]:
    """The key or the value that `put` adds is not of the map's type, or may be out of its range.

    `{u32: fd}` takes a number up to 2^32-1 as key and a descriptor as value. Change the entry, the
    map's type, or check the range before.
    """
    for uses, _, held in _puts(facts):
        map_ = expand(facts.chart, held.type)
        if not isinstance(map_, Map):
            continue
        for use, type_ in zip(uses, (map_.key, map_.value), strict=True):
            found, expected = use.value, value_of(facts.chart, type_)
            if found is None or expected is None:
                continue
            if in_words(found) != in_words(expected):
                yield Problem(
                    use.expression.span,
                    f"the {use.kind} is {in_words(found)}, and `{held.name}` takes "
                    f"{in_words(expected)}",
                    "change the entry, or the map's type",
                )
            elif _too_large(found, expected):
                yield Problem(
                    use.expression.span,
                    f"the {use.kind} may be larger than `{held.name}` can hold",
                    f"check that it is at most {_high(expected)}, or widen the map's type",
                )


def _too_large(found: object, expected: object) -> bool:
    if not (isinstance(found, Integer) and isinstance(expected, Integer)):
        return False
    return found.high > expected.high or found.low < expected.low


def _high(expected: object) -> int:
    return expected.high if isinstance(expected, Integer) else 0


@rule("DAT023", Severity.ERROR, "data that is both `set` and `put`")
def set_and_put(facts: Facts) -> Iterator[Problem]:
    """A reaction both sets data to a value and puts an entry into it.

    Only one of the two could hold. Remove one.
    """
    for judged in facts.judged:
        alternative = judged.way.alternative
        names = {put.name.name for put in alternative.put}
        for item in alternative.set:
            if item.name.name in names:
                message = f"`{item.name.name}` is set here, and an entry is put into it"
                yield Problem(item.span, message, "remove one of the two")
