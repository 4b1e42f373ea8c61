"""Frozen records, quick to define. What `dataclass(frozen=True)` gives, without its start-up.

`dataclasses` writes and compiles six methods a class and imports `inspect`: for the some ninety
classes behind `wirechart check` that is more than half of the time it takes to answer. Here one
method a class is compiled, the others are shared.
"""

from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable

C = TypeVar("C")
R = TypeVar("R")


class _Field:
    """A default that says more than a value."""

    __slots__ = ("compare", "default", "factory", "repr")

    def __init__(self, *, default: object, factory: object, compare: bool, repr_: bool) -> None:
        self.default = default
        self.factory = factory
        self.compare = compare
        self.repr = repr_


MISSING = object()


def field(
    *,
    default: Any = MISSING,  # noqa: ANN401 -- whatever the field's type is
    default_factory: Any = MISSING,  # noqa: ANN401 -- the same
    compare: bool = True,
    repr: bool = True,  # noqa: A002 -- the word that type checkers know
) -> Any:  # noqa: ANN401 -- the same
    """Say more of a field than its default."""
    return _Field(default=default, factory=default_factory, compare=compare, repr_=repr)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[C]) -> type[C]:
    """A class whose annotated names are its fields: compared, hashed and shown by value."""
    names = tuple(cls.__annotations__)
    said: dict[str, _Field] = {}
    for name in names:
        default = cls.__dict__.get(name, MISSING)
        if isinstance(default, _Field):
            delattr(cls, name)
        said[name] = default if isinstance(default, _Field) else _field_of(default)
    compared = tuple(name for name in names if said[name].compare)
    methods: dict[str, object] = {
        "__match_args__": names,
        "__init__": _init(cls.__qualname__, said),
        "__setattr__": _frozen,
        "__delattr__": _frozen,
        "_shown": tuple(name for name in names if said[name].repr),
        "_key": staticmethod(attrgetter(*compared) if compared else _nothing),
        "__repr__": _repr,
        "__eq__": _eq,
        "__hash__": _hash,
    }
    for name, method in methods.items():
        if name not in cls.__dict__ or name == "__hash__":
            setattr(cls, name, method)
    return cls


def _field_of(default: object) -> _Field:
    return _Field(default=default, factory=MISSING, compare=True, repr_=True)


def _init(name: str, said: dict[str, _Field]) -> "Callable[..., None]":
    """`def __init__(self, a, b=default): d = self.__dict__; d["a"] = a; …`."""
    scope: dict[str, Any] = {"MISSING": MISSING}
    parameters = ["self"]
    lines = ["d = self.__dict__"]
    for field_name, item in said.items():
        value = field_name
        if item.factory is not MISSING:
            scope[f"make_{field_name}"] = item.factory
            parameters.append(f"{field_name}=MISSING")
            value = f"make_{field_name}() if {field_name} is MISSING else {field_name}"
        elif item.default is not MISSING:
            scope[f"default_{field_name}"] = item.default
            parameters.append(f"{field_name}=default_{field_name}")
        else:
            parameters.append(field_name)
        lines.append(f'd["{field_name}"] = {value}')
    body = "\n    ".join(lines)
    source = f"def __init__({', '.join(parameters)}):\n    {body}\n"
    exec(source, scope)  # noqa: S102 -- made of this program's own annotations only
    made: Callable[..., None] = scope["__init__"]
    made.__qualname__ = f"{name}.__init__"
    return made


def _nothing(_: object) -> tuple[()]:
    return ()


def _frozen(self: object, name: str, *_: object) -> NoReturn:
    raise AttributeError(f"{type(self).__name__} is frozen: `{name}` cannot change")


def _repr(self: Any) -> str:  # noqa: ANN401 -- of any record
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)
    return f"{type(self).__qualname__}({shown})"


def _eq(self: Any, other: Any) -> Any:  # noqa: ANN401 -- of any record
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self._key(self) == self._key(other)


def _hash(self: Any) -> int:  # noqa: ANN401 -- of any record
    return hash((self.__class__, self._key(self)))


def replace(instance: R, **changes: object) -> R:
    """The same record but for some fields.

    Raises:
        TypeError: it has no such field.
    """
    kept: dict[str, Any] = instance.__dict__ | changes
    return type(instance)(**kept)
